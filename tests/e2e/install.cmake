# install.cmake: FROM has package.json and its lock file, TO is where node_modules is made; nothing is done when
# it is already as the lock file says.
file(SHA256 "${FROM}/package-lock.json" wanted)
set(stamp "${TO}/node_modules/.installed")
if(EXISTS "${stamp}")
	file(READ "${stamp}" present)
	if(present STREQUAL wanted)
		return()
	endif()
endif()
file(COPY "${FROM}/package.json" "${FROM}/package-lock.json" DESTINATION "${TO}")
execute_process(COMMAND npm ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY "${TO}" COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${stamp}" "${wanted}")
