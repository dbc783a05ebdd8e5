# Install rules that belong to no single target, and the package for find_package(Gimlet).
