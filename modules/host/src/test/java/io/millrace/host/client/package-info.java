/** Real companions: replaced, taken over, stopped, killed, and their nodes as well. */
@NullMarked
package io.millrace.host.client;

import org.jspecify.annotations.NullMarked;
