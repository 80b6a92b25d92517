#include "relay_sockets.h"

#include <errno.h>
