package io.millrace.edge.http;

import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Reads which processes a list asks for. */
final class ProcessFilters {
    private static final Map<String, ProcessState> STATES =
            Arrays.stream(ProcessState.values()).collect(Collectors.toMap(ProcessState::name, Function.identity()));

    private ProcessFilters() {}

    /** True of what the list is to show: in one of the given states, of the given name, with all of the given labels. */
    static Predicate<ProcessView> of(Query query) {
        List<ProcessState> states = query.texts("state").stream()
                .map(state -> Query.oneOf("state", state.toUpperCase(Locale.ROOT), STATES))
                .toList();
        String name = query.text("name");
        Map<String, String> labels = JobFilters.labels(query);
        return process -> (states.isEmpty() || states.contains(process.state()))
                && (name == null || process.spec().name().value().equals(name))
                && process.spec().labels().entrySet().containsAll(labels.entrySet());
    }
}
