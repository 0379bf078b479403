# Makes libraries of the project's folders. A new .cpp file in a folder is found
# by the glob; a new folder is one coppice_add_library call.

include_guard()

# All libraries share one precompiled header: MLIR's headers take five seconds a
# file otherwise.
function(coppice_add_pch)
  file(WRITE ${CMAKE_BINARY_DIR}/pch.cpp "// Carries the precompiled header.\n")
  add_library(coppice_pch OBJECT ${CMAKE_BINARY_DIR}/pch.cpp)
  if(COPPICE_PCH)
    target_precompile_headers(coppice_pch PRIVATE
      $<$<COMPILE_LANGUAGE:CXX>:${CMAKE_SOURCE_DIR}/cmake/pch.h>)
  endif()
endfunction()

# coppice_add_library(<name> [LINK libs...] [DEPENDS targets...]
#                     [NO_PCH] [SOURCES files...])
# A static library of every .cpp in the current folder (not below), or of
# SOURCES.
function(coppice_add_library name)
  cmake_parse_arguments(arg "NO_PCH" "" "LINK;DEPENDS;SOURCES" ${ARGN})
  if(NOT arg_SOURCES)
    file(GLOB arg_SOURCES CONFIGURE_DEPENDS *.cpp)
  endif()
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC ${arg_LINK})
  if(COPPICE_PCH AND NOT arg_NO_PCH)
    target_precompile_headers(${name} REUSE_FROM coppice_pch)
  endif()
  # Build generated headers first, because libraries may include each other's.
  add_dependencies(${name} coppice-headers ${arg_DEPENDS})
endfunction()

# coppice_add_tool(<name> [LINK libs...]): an executable of the folder's files,
# linked with libMLIR.so and libLLVM.so. The tests wait for every tool.
function(coppice_add_tool name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${arg_LINK} MLIR LLVM)
  if(COPPICE_PCH)
    target_precompile_headers(${name} REUSE_FROM coppice_pch)
  endif()
  add_dependencies(${name} coppice-headers)
  set_property(GLOBAL APPEND PROPERTY COPPICE_TOOLS ${name})
  install(TARGETS ${name} RUNTIME)
endfunction()

# coppice_tablegen(<file.td> <output>... ): each output is
# "<suffix>:<generator and its flags>", written beside the .td in the build
# tree as <file><suffix>.
add_custom_target(coppice-headers)
function(coppice_tablegen td)
  get_filename_component(stem ${td} NAME_WE)
  set(LLVM_TARGET_DEFINITIONS ${td})
  foreach(output ${ARGN})
    string(REGEX MATCH "^([^:]*):(.*)$" _ "${output}")
    separate_arguments(flags UNIX_COMMAND "${CMAKE_MATCH_2}")
    mlir_tablegen(${stem}${CMAKE_MATCH_1} ${flags} EXTRA_INCLUDES ${CMAKE_SOURCE_DIR})
  endforeach()
  string(REPLACE "${CMAKE_SOURCE_DIR}/" "" room "${CMAKE_CURRENT_SOURCE_DIR}/${stem}")
  string(REPLACE "/" "-" target "tablegen-${room}")
  add_public_tablegen_target(${target})
  add_dependencies(coppice-headers ${target})
endfunction()

# coppice_own_tablegen(<file.td> <output> <flag>): the same with coppice-tblgen.
function(coppice_own_tablegen td output flag)
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/dialects/*.td)
  add_custom_command(
    OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
    COMMAND coppice-tblgen ${flag} -I ${CMAKE_SOURCE_DIR} -I ${MLIR_INCLUDE_DIRS}
            ${CMAKE_CURRENT_SOURCE_DIR}/${td} -o ${CMAKE_CURRENT_BINARY_DIR}/${output}
    DEPENDS coppice-tblgen ${inputs}
    COMMENT "Building ${output}...")
  get_filename_component(stem ${output} NAME_WE)
  set(target coppice-tablegen-${stem})
  add_custom_target(${target} DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${output})
  add_dependencies(coppice-headers ${target})
endfunction()

# coppice_embed(<output> <name> <file>): writes a file's bytes as a C array that
# sources of this folder include as "<this folder>/<output>".
function(coppice_embed output name file)
  add_custom_command(
    OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
    COMMAND ${CMAKE_COMMAND} -D INPUT=${file} -D NAME=${name}
            -D OUTPUT=${CMAKE_CURRENT_BINARY_DIR}/${output}
            -P ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    COMMENT "Embedding ${name}")
  add_custom_target(embed-${output} DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/${output})
endfunction()
