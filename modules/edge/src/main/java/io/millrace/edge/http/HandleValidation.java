package io.millrace.edge.http;

import io.millrace.api.v1.HandleField;
import io.millrace.api.v1.HandleJson;
import io.millrace.api.v1.RequestLimits;
import io.millrace.channel.Channels;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleText;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.handle.ValidationReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/**
 * Answers whether what a path names, or a handle that is said to be of it, holds at every security boundary. Text that is no
 * handle at all is reported like a handle that nobody gave out.
 */
final class HandleValidation {
    private static final int SHOWN_CHARS_MAX = 80;

    private final String subject;
    private final Channels channels;
    private final BiFunction<ChannelName, Reference, CompletionStage<ValidationReport>> check;

    /**
     * @param subject what paths name, as the path template and people call it, for example {@code thread}
     * @param check asks the channel
     */
    HandleValidation(
            String subject,
            Channels channels,
            BiFunction<ChannelName, Reference, CompletionStage<ValidationReport>> check) {
        this.subject = subject;
        this.channels = channels;
        this.check = check;
    }

    CompletionStage<HttpResponse> answer(Call call) {
        ChannelName channel = call.channel();
        return Bodies.json(call.exchange(), RequestLimits.BODY_BYTES_MAX)
                .thenCompose(body -> {
                    String presented = HandleField.read(body);
                    return presented == null
                            ? validatePath(channel, call.named())
                            : validatePresented(channel, call.reference(subject).id(), presented);
                })
                .thenApply(report -> Replies.json(json -> HandleJson.writeValidation(json, report)));
    }

    /** What is checked is what the path says: the handle, or the thing of that identifier. */
    private CompletionStage<ValidationReport> validatePath(ChannelName channel, String named) {
        if (!HandleText.isClaimed(named)) {
            return check.apply(channel, Reference.byId(named));
        }
        Optional<Handle> handle = HandleText.parse(named);
        return handle.isPresent()
                ? check.apply(channel, Reference.to(handle.get()))
                : channels.channel(channel).thenApply(_ -> unreadable(shown(named), List.of()));
    }

    /** What is checked is a handle that is said to be of the thing in the path. */
    private CompletionStage<ValidationReport> validatePresented(ChannelName channel, String id, String presented) {
        Optional<Handle> handle = HandleText.parse(presented);
        if (handle.isEmpty()) {
            return check.apply(channel, Reference.byId(id))
                    .thenApply(report -> unreadable(report.subject(), report.violations()));
        }
        return check.apply(channel, new Reference(id, handle.get()))
                .thenApply(report -> requireSame(report, id, handle.get()));
    }

    /** Nothing is wrong with a handle of another thing, except that it was asked about with this one. */
    private ValidationReport requireSame(ValidationReport report, String id, Handle handle) {
        if (report.passed() && !handle.id().equals(id)) {
            throw Query.invalid(
                    "handle", "names " + subject + " '" + shown(handle.id()) + "', and the path another one");
        }
        return report;
    }

    private static ValidationReport unreadable(String subject, List<BoundaryViolation> others) {
        List<BoundaryViolation> violations = new ArrayList<>();
        violations.add(new BoundaryViolation(
                SecurityBoundary.AUTHENTICITY,
                BoundaryViolation.Severity.CRITICAL,
                "The text is not that of a handle: no channel of this cluster gave it out."));
        violations.addAll(others);
        return new ValidationReport(subject, Instant.now(), violations);
    }

    private static String shown(String text) {
        return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "…";
    }
}
