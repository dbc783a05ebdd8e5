# gimlet_plugin(<name> [LIBRARIES <targets>...])
#
# Builds the plugin of the folder it is called from:
#   plugin-<name>   a static library of every .cpp but Plugin.cpp, for the tests
#   <name>.so       the module, whose Plugin.cpp holds the descriptor (GIMLET_PLUGIN)
function(gimlet_plugin name)
	cmake_parse_arguments(ARG "" "" "LIBRARIES" ${ARGN})
	file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
	list(FILTER sources EXCLUDE REGEX "/Plugin\\.cpp$")
	add_library(plugin-${name} STATIC ${sources})
	target_link_libraries(plugin-${name} PUBLIC gimlet-api gimlet-protocol ${ARG_LIBRARIES})
	set_property(GLOBAL APPEND PROPERTY GIMLET_PLUGINS ${name})

	if(NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/Plugin.cpp")
		return()
	endif()
	set_property(GLOBAL APPEND PROPERTY GIMLET_MODULES ${name})
	add_library(module-${name} MODULE Plugin.cpp)
	target_link_libraries(module-${name} PRIVATE plugin-${name})
	target_link_options(module-${name} PRIVATE -Wl,-z,defs -Wl,--exclude-libs,ALL)
	set_target_properties(module-${name} PROPERTIES
		PREFIX "" OUTPUT_NAME "${name}"
		LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/plugins"
		BUILD_RPATH "\$ORIGIN/../lib"
		INSTALL_RPATH "\$ORIGIN/../..")
	install(TARGETS module-${name} LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/gimlet/plugins")
endfunction()
