/**
 * The HTTP contract, version 1: operations, JSON forms, problem details and the OpenAPI document.
 * Invariant: what a request may say is decided here and nowhere else. A field that is not known is refused, a value that
 * is out of range is named, and what is stored can be read by every later version.
 * Called by the edge for every request and reply, and by the channel for what it stores; shared with clients.
 */
@NullMarked
package io.millrace.api.v1;

import org.jspecify.annotations.NullMarked;
