#pragma once

// SQLite for code that runs in two places: in the program, which links SQLite, and in the loadable extension, where the
// SQLite is that of the program that loads it and is reached through the table of functions it hands over.
#ifdef ISOLOSS_SQLITE_EXTENSION
#include <sqlite3ext.h>
extern "C" {
SQLITE_EXTENSION_INIT3
}
#else
#include <sqlite3.h>
#endif
