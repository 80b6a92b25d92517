#ifndef CRELAYLINUX_H
#define CRELAYLINUX_H

#include "relay_files.h"
#include "relay_processes.h"
#include "relay_sockets.h"

#endif
