/**
 * Services and commands of a channel that are no jobs: kept running as their specification says, across restarts of the node
 * and moves of the channel.
 * Invariant: what a process does next is stored before it has an effect. Asked by the edge and by handlers.
 */
@NullMarked
package io.millrace.channel.service;

import org.jspecify.annotations.NullMarked;
