package io.millrace.host.protocol;

import java.util.HashMap;
import java.util.Map;

/** The first byte of a frame. Numbers below 64 come from the node. */
enum FrameType {
    HELLO(1),
    START(2),
    ADOPT(3),
    SIGNAL(4),
    KILL(5),
    RENEW(6),
    FORGET(7),
    TAKEN(8),
    PING(9),
    FAREWELL(10),
    KNOWN(64),
    WELCOME(65),
    STARTED(66),
    NOT_STARTED(67),
    OUTPUT(68),
    ENDED(69),
    PONG(70);

    private static final Map<Byte, FrameType> BY_NUMBER = byNumber();

    private final byte number;

    FrameType(int number) {
        this.number = (byte) number;
    }

    byte number() {
        return number;
    }

    static FrameType of(byte number) throws ProtocolException {
        var type = BY_NUMBER.get(number);
        if (type == null) {
            throw new ProtocolException("Frame of unknown type " + number);
        }
        return type;
    }

    private static Map<Byte, FrameType> byNumber() {
        var types = new HashMap<Byte, FrameType>();
        for (var type : values()) {
            types.put(type.number, type);
        }
        return Map.copyOf(types);
    }
}
