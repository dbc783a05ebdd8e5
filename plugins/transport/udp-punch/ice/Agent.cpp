#include "plugins/transport/udp-punch/ice/Agent.h"
