# Runs at installation, since only then the prefix is known (cmake --install BUILD --prefix FOLDER).
# settings_from: where the ini files are; settings_folder: CMAKE_INSTALL_SYSCONFDIR.
if(NOT IS_ABSOLUTE "${settings_folder}")
	if(CMAKE_INSTALL_PREFIX MATCHES "^/usr/?$")
		set(settings_folder "/${settings_folder}") # as GNUInstallDirs has it
	else()
		set(settings_folder "${CMAKE_INSTALL_PREFIX}/${settings_folder}")
	endif()
endif()
foreach(name node rendezvous)
	set(file "${settings_folder}/gimlet/${name}.ini")
	if(EXISTS "$ENV{DESTDIR}${file}")
		message(STATUS "Kept as it is: $ENV{DESTDIR}${file}")
	else()
		file(INSTALL "${settings_from}/${name}.ini" DESTINATION "${settings_folder}/gimlet")
	endif()
endforeach()
