package io.millrace.contracts.incident;

import io.millrace.contracts.Page;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.TimeoutBehavior;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The incidents of the whole cluster, from any of its nodes. What a stage has completed with is stored and survives the loss
 * of every node.
 *
 * <p>A stage fails with {@link io.millrace.contracts.MillraceException}: {@code NOT_FOUND} for an incident that does not
 * exist, {@code INVALID_STATE} for what its state does not allow, {@code RESOURCE_LIMIT} beyond a limit, {@code UNAVAILABLE}
 * if the incident manager did not answer; it is then unknown whether it did what it was asked.
 */
@ThreadSafety(ThreadSafety.Level.THREAD_SAFE)
@TimeoutBehavior(TimeoutBehavior.Kind.NON_BLOCKING)
public interface Incidents {

    /**
     * Adds what was reported (contract row G-41): to the incident about the same subject if that is not closed, otherwise as
     * a new one.
     *
     * @return the incident it is counted in
     */
    CompletionStage<UUID> add(IncidentReport report);

    /** An incident with its timeline, empty if there is none of this id (contract row G-42). */
    CompletionStage<Optional<IncidentView>> get(UUID incident);

    /** All of them as they are now, newest first, without their timelines; the caller's own copy (contract row G-43). */
    CompletionStage<List<IncidentView>> all();

    /** Some of them, newest first, without their timelines. Fails with {@code INVALID_ARGUMENT} for another list's token. */
    CompletionStage<Page<IncidentView>> list(IncidentQuery query);

    /**
     * @param by who does it
     * @param note what there is to say about it, empty for nothing; what is too long is cut
     */
    CompletionStage<IncidentView> act(UUID incident, IncidentAction action, String by, String note);

    /**
     * Makes one incident a part of another one, which is active. It is closed thereby; what is reported about it from then
     * on counts in the other one for as long as that is not closed.
     */
    CompletionStage<IncidentView> merge(UUID incident, UUID into, String by, String note);

    /** Completes with true once per incident, and with false if there is none (contract row G-44). */
    CompletionStage<Boolean> remove(UUID incident);
}
