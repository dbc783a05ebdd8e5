# Install rules that belong to no single target, and the package for find_package(Gimlet).
include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/Gimlet")

# Headers keep their paths, so that a plugin can move out of the tree without a change.
foreach(folder api protocol)
	install(DIRECTORY "${CMAKE_SOURCE_DIR}/node/${folder}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gimlet/node"
		FILES_MATCHING PATTERN "*.h")
endforeach()
install(TARGETS gimlet-api gimlet-protocol EXPORT Gimlet
	LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
	ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}/gimlet"
	INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/gimlet")
install(EXPORT Gimlet NAMESPACE Gimlet:: FILE GimletTargets.cmake DESTINATION "${package_folder}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/GimletConfig.cmake.in"
	"${CMAKE_BINARY_DIR}/GimletConfig.cmake" INSTALL_DESTINATION "${package_folder}")
# A plugin is refused by a node with another plugin API, which may change with each minor version.
write_basic_package_version_file("${CMAKE_BINARY_DIR}/GimletConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/GimletConfig.cmake" "${CMAKE_BINARY_DIR}/GimletConfigVersion.cmake"
	DESTINATION "${package_folder}")

install(DIRECTORY "${CMAKE_SOURCE_DIR}/web" DESTINATION "${CMAKE_INSTALL_DATADIR}/gimlet")

install(CODE "set(settings_from [[${CMAKE_SOURCE_DIR}/etc]])\nset(settings_folder [[${CMAKE_INSTALL_SYSCONFDIR}]])")
install(SCRIPT "${CMAKE_CURRENT_LIST_DIR}/InstallSettings.cmake")
