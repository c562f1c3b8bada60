package io.millrace.domain.lock;

import java.util.ArrayList;
import java.util.List;

/**
 * What follows from one step of a {@link LockTable}.
 *
 * @param changes to be stored, in order
 * @param outcomes of wishes; they may be told once the changes are stored
 */
public record LockDecision(List<LockChange> changes, List<LockOutcome> outcomes) {

    LockDecision() {
        this(new ArrayList<>(), new ArrayList<>());
    }
}
