# copy.cmake: FROM is the source folder, TO is made anew with the page and its tests.
file(REMOVE_RECURSE "${TO}")
file(COPY "${FROM}/web" DESTINATION "${TO}")
file(GLOB tests "${FROM}/tests/page/*.mjs")
file(COPY ${tests} DESTINATION "${TO}")
file(WRITE "${TO}/package.json" "{\"private\": true, \"type\": \"module\"}\n")
