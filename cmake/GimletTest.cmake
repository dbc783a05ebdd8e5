# gimlet_tests(<target> <kind>)
#
# Links a GoogleTest executable with the node and all plugins, and makes each of its tests one of CTest's, labelled
# with its kind.
function(gimlet_tests target kind)
	target_link_libraries(${target} PRIVATE gimlet-app gimlet-test-support GTest::gtest GTest::gmock GTest::gtest_main)
	target_compile_definitions(${target} PRIVATE
		GIMLET_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GIMLET_BUILD_DIR="${CMAKE_BINARY_DIR}")
	get_property(plugins GLOBAL PROPERTY GIMLET_PLUGINS)
	list(TRANSFORM plugins PREPEND "plugin-" OUTPUT_VARIABLE libraries)
	get_property(modules GLOBAL PROPERTY GIMLET_MODULES)
	list(TRANSFORM modules PREPEND "module-")
	add_dependencies(${target} gimlet ${modules})
	target_link_libraries(${target} PRIVATE ${libraries})
	if(GIMLET_TEST_LABEL)
		set(kind "${GIMLET_TEST_LABEL}")
	endif()
	gtest_discover_tests(${target} TEST_PREFIX "${GIMLET_TEST_PREFIX}" NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60
		PROPERTIES LABELS ${kind} TIMEOUT 120 FIXTURES_REQUIRED covered)
endfunction()
