package io.millrace.api.v1;

import io.millrace.contracts.Violation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import java.util.List;

/** A handle as a request names it. */
public final class HandleField {
    /** Says what is expected, for violations. */
    public static final String EXPECTED =
            "must be a handle as it was given out, whole, from 'mh1.' to its last character";

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
}
