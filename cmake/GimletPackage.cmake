# The Debian package: ./dev package, or cpack -G DEB in a build folder configured by the release preset.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
	return()
endif()

foreach(name node rendezvous)
	string(APPEND configuration_files "${CMAKE_INSTALL_FULL_SYSCONFDIR}/gimlet/${name}.ini\n")
endforeach()

# The rendezvous runs by the node's unit with another ini file.
file(READ "${CMAKE_SOURCE_DIR}/etc/gimlet.service" unit)
string(REGEX REPLACE "^#[^\n]*\n" "" unit "${unit}")
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/package/gimlet.service" CONTENT "${unit}" @ONLY)
string(REPLACE "Gimlet node" "Gimlet rendezvous" unit "${unit}")
string(REPLACE "node.ini" "rendezvous.ini" unit "${unit}")
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/package/gimlet-rendezvous.service" CONTENT "${unit}" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/package/gimlet.service" "${CMAKE_BINARY_DIR}/package/gimlet-rendezvous.service"
	DESTINATION lib/systemd/system)

file(GLOB documents "${CMAKE_SOURCE_DIR}/docs/*.md" "${CMAKE_SOURCE_DIR}/README.md" "${CMAKE_SOURCE_DIR}/CHANGELOG.md")
install(FILES ${documents} DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/gimlet")

file(WRITE "${CMAKE_BINARY_DIR}/package/conffiles" "${configuration_files}")

set(CPACK_PACKAGE_NAME gimlet)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "The Gimlet developers <gimlet@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "direct UDP paths between machines that accept no connection")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
	"Gimlet gives machines behind NATs a direct UDP path to each other and lets people and programs talk over it.\nThe same program is the rendezvous service and the STUN server that the nodes need.")
# dpkg-shlibdeps names the libraries; ours is in the package itself.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${CMAKE_BINARY_DIR}/lib")
# Certificates of authorities, for a rendezvous by https.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_BINARY_DIR}/package/conffiles"
	"${CMAKE_SOURCE_DIR}/cmake/debian/postinst" "${CMAKE_SOURCE_DIR}/cmake/debian/prerm"
	"${CMAKE_SOURCE_DIR}/cmake/debian/postrm")
include(CPack)
