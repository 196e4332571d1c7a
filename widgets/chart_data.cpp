#include "widgets/chart_data.h"
