#ifndef RELAY_SOCKETS_H
#define RELAY_SOCKETS_H

#include "relay_base.h"

#endif
