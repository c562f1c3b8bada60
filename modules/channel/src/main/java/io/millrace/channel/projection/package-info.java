/**
 * Writing what channels stored into the read model.
 * Invariant: the entries of a channel are applied in order, none is left out and none counts twice; the journal is the
 * truth, and whatever is missing here is read from it. Fed by the channel, which forgets ended jobs once they are
 * projected.
 */
@NullMarked
package io.millrace.channel.projection;

import org.jspecify.annotations.NullMarked;
