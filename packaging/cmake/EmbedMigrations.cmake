# isoloss_embed_migrations(OUTPUT FILES…): a source file with the numbered migrations as an array, in order. The number
# is the file name's, the minimum version the first line's.
function(isoloss_embed_migrations output)
  set(entries "")
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" text)
    if(NOT name MATCHES "^0*([0-9]+)_[a-z_]+\\.sql$")
      message(FATAL_ERROR "${name}: a migration is named like 0001_what_it_does.sql")
    endif()
    set(version "${CMAKE_MATCH_1}")
    if(NOT text MATCHES "^-- minimum version: ([0-9]+)\n")
      message(FATAL_ERROR "${name}: the first line must be '-- minimum version: N'")
    endif()
    string(APPEND entries "    Migration{${version}, ${CMAKE_MATCH_1}, R\"sql(${text})sql\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT "${output}" @ONLY CONTENT [[
#include "engine/store/migrations.h"

namespace isoloss {

namespace {

constexpr Migration migrations[] = {
@entries@};

} // namespace

std::span<const Migration> project_migrations() {
    return migrations;
}

} // namespace isoloss
]])
endfunction()
