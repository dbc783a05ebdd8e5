#pragma once

/// Everything is hidden by default; what plugins may link against says GIMLET_API.
#define GIMLET_API __attribute__((visibility("default")))
