#pragma once

/// The peer of the journal's closed loop: one thread with clients, one that writes, and nothing
/// between them but a queue.
///
/// Every client has one record in flight. The writer takes what waits (2048 records at most),
/// copies and checksums each, and makes all of them durable with one pwrite and one fdatasync into
/// a file that was filled with zeros before. It wakes the other thread once a batch, and is woken
/// only when it sleeps.
///
/// Returns records a second; ends the process when a call fails. For one caller at a time.
double group_commit(const char *directory, int clients, int record_bytes, double seconds);
