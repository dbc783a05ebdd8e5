#pragma once

#include <string>

#include "node/api/Export.h"

namespace gimlet
{

/// What the exception that is being handled says; call it inside a catch block. Takes what is no
/// std::exception too.
GIMLET_API std::string currentExceptionText();

}
