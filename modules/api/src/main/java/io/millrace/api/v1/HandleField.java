package io.millrace.api.v1;

import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A handle as a request names it. */
public final class HandleField {
    /** Says what is expected, for violations. */
    public static final String EXPECTED =
            "must be a handle as it was given out, whole, from 'mh1.' to its last character";

    private static final String NAME = "handle";
    private static final List<String> BODY_FIELDS = List.of(NAME);

    private HandleField() {}

    /**
     * The handle that a text stands for. Whether it is genuine is for its channel to say.
     *
     * @param field where the text was given
     * @throws HttpProblemException 422 if the text is no handle
     */
    public static Handle parse(String field, String text) {
        return HandleText.parse(text)
                .orElseThrow(() -> HttpProblem.invalid(List.of(new Violation(field, EXPECTED)))
                        .asException());
    }

    /**
     * The text of the handle in a request body; null if the body is empty or names none.
     *
     * @throws HttpProblemException 400 if the body is no JSON, has another field, or the handle is no text
     */
    public static @Nullable String read(byte[] body) {
        String handle = null;
        try (JsonInput in = JsonInput.request(body)) {
            if (in.nextRootValue() && in.isObject("")) {
                for (String name = in.nextField(); name != null; name = in.nextField()) {
                    if (name.equals(NAME)) {
                        handle = in.text(name);
                    } else {
                        in.unknownField("", name, BODY_FIELDS);
                    }
                }
                in.requireEnd();
            }
        }
        return handle;
    }
}
