package io.millrace.channel.serialization;

/** Mark of messages that may travel between nodes; they are encoded as CBOR. */
public interface WireMessage {}
