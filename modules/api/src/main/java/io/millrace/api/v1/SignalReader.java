package io.millrace.api.v1;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads names of signals: with or without {@code SIG}, in any case. */
public final class SignalReader {
    private static final List<String> SIGNALS = List.of("TERM", "INT", "QUIT", "HUP", "KILL", "USR1", "USR2");
    private static final String PREFIX = "SIG";

    private SignalReader() {}

    /**
     * The signal to send: the field {@code signal} of the body.
     *
     * @return without {@code SIG}, in capitals
     * @throws HttpProblemException status 400 or 422, as for every body
     */
    public static String readRequest(byte[] body) {
        try (JsonInput in = JsonInput.request(body)) {
            if (!in.nextRootValue() || !in.isObject("")) {
                throw in.wrongType("", "must be a JSON object");
            }
            String signal = null;
            for (String field = in.nextField(); field != null; field = in.nextField()) {
                if (field.equals("signal")) {
                    signal = read(in, field);
                } else {
                    in.unknownField("", field, List.of("signal"));
                }
            }
            in.requireGiven("signal", signal, "must be given: one of " + String.join(", ", SIGNALS));
            in.requireEnd();
            in.requireValid();
            return signal == null ? "" : signal;
        }
    }

    /** The signal at the current value, without {@code SIG}; null if that is null or none. */
    static @Nullable String read(JsonInput in, String field) {
        String text = in.text(field);
        if (text == null) {
            return null;
        }
        String capitals = text.toUpperCase(Locale.ROOT);
        String name = capitals.startsWith(PREFIX) ? capitals.substring(PREFIX.length()) : capitals;
        if (!SIGNALS.contains(name)) {
            in.violation(field, "must be one of " + String.join(", ", SIGNALS));
            return null;
        }
        return name;
    }
}
