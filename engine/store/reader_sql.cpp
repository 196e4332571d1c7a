#include "engine/store/chunk_codec.h"
#include "engine/store/connection.h"
#include "engine/store/reader.h"

namespace isoloss {

Expected<std::vector<std::string>> Reader::check_integrity(const std::function<void(double share)>&) {
    return std::vector<std::string>{};
}

Expected<Reader::SqlResult> Reader::sql(std::string_view) {
    return SqlResult{};
}

} // namespace isoloss
