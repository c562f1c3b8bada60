package io.millrace.domain.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.Problem;
import io.millrace.contracts.job.Condition;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.ProcessView;
import io.millrace.domain.Moment;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A book that writes down what the rules decide, every change through the last guard, with a clock that is set by hand. */
final class BookUnderTest {
    static final Duration OTHERS_LIVE = Duration.ofSeconds(16);

    private static final long START_MILLIS = 1_793_534_400_000L;
    private static final long PID = 4_711;

    final ProcessRules rules = new ProcessRules(new ChannelName("build"));
    ProcessBook book = ProcessBook.empty();
    Ownership ownership = ownership("n1", 0);
    private long ids;
    private long epochs;
    private long elapsedMillis;

    static BookUnderTest with(TestProcess... processes) {
        BookUnderTest book = new BookUnderTest();
        for (TestProcess process : processes) {
            book.register(process);
        }
        return book;
    }

    private static Ownership ownership(String node, long atMillis) {
        return new Ownership(node, "host of " + node, TimeUnit.MILLISECONDS.toNanos(atMillis), OTHERS_LIVE.toNanos());
    }

    // Time

    Moment now() {
        return new Moment(TimeUnit.MILLISECONDS.toNanos(elapsedMillis), START_MILLIS + elapsedMillis);
    }

    void pass(Duration time) {
        elapsedMillis += time.toMillis();
    }

    long sinceStartMillis() {
        return elapsedMillis;
    }

    /** Lets as much time pass as the rules say nothing can happen in. */
    long passUntilNext() {
        long millis = rules.millisUntilNext(book, ownership, now());
        elapsedMillis += millis;
        return millis;
    }

    // Changes

    JobId register(TestProcess process) {
        JobId id = new JobId(1, ++ids);
        apply(accepted(rules.register(book, id, process.spec(), null, null)));
        return id;
    }

    ProcessDecision wish(TestProcess process, String key, String bodyHash) {
        return rules.register(book, new JobId(1, ++ids), process.spec(), key, bodyHash);
    }

    void apply(List<ProcessChange> changes) {
        assertThat(ContradictionCheck.find(book, changes)).isNull();
        for (ProcessChange change : changes) {
            ProcessChange stored =
                    change instanceof ProcessChange.RunStarted started ? started.withEpoch(++epochs) : change;
            ProcessEntry before = book.process(change.process().id());
            book.apply(stored, now().millis());
            assertLegal(before, change);
        }
    }

    private void assertLegal(@Nullable ProcessEntry before, ProcessChange change) {
        ProcessEntry after = book.process(change.process().id());
        if (before != null && after != null && before.state() != after.state()) {
            assertThat(before.state().mayBecome(after.state()))
                    .as("%s -> %s by %s", before.state(), after.state(), change)
                    .isTrue();
        }
    }

    static List<ProcessChange> accepted(ProcessDecision decision) {
        assertThat(decision).isInstanceOf(ProcessDecision.Accepted.class);
        return ((ProcessDecision.Accepted) decision).changes();
    }

    static Problem refused(ProcessDecision decision) {
        assertThat(decision).isInstanceOf(ProcessDecision.Refused.class);
        return ((ProcessDecision.Refused) decision).problem();
    }

    /** What follows by itself now; gives what starts, in order. */
    List<String> goOn() {
        List<ProcessChange> changes = rules.next(book, ownership, now());
        apply(changes);
        return changes.stream()
                .filter(ProcessChange.RunStarted.class::isInstance)
                .map(change -> change.process().name().value())
                .toList();
    }

    void up(String name) {
        apply(rules.up(entry(name), run(name).number(), PID, now().millis()));
    }

    void ready(String name) {
        apply(rules.ready(entry(name), run(name).number()));
    }

    /** It starts, and is up. */
    void start(String name) {
        assertThat(goOn()).contains(name);
        up(name);
    }

    void stop(String name) {
        apply(accepted(rules.stop(entry(name))));
    }

    void restart(String name) {
        apply(accepted(rules.restart(entry(name))));
    }

    void remove(String name) {
        apply(accepted(rules.remove(entry(name))));
    }

    List<String> stopAll() {
        List<ProcessChange> changes = rules.stopNext(book);
        apply(changes);
        return changes.stream().map(change -> change.process().name().value()).toList();
    }

    void exit(String name, int code) {
        end(name, RunEnd.exited(code, false, now().millis()));
    }

    void killed(String name, String signal) {
        end(name, RunEnd.signalled(signal, false, now().millis()));
    }

    void end(String name, RunEnd end) {
        apply(rules.ended(entry(name), end, now()));
    }

    /** Another node owns the channel from here on, or the same one again. */
    void takeOver(String node) {
        book = ProcessBook.of(book.snapshot());
        ownership = ownership(node, elapsedMillis);
    }

    // Reading

    ProcessEntry entry(String name) {
        return Objects.requireNonNull(book.process(new ProcessName(name)), name);
    }

    ProcessRun run(String name) {
        return Objects.requireNonNull(entry(name).run());
    }

    ProcessState state(String name) {
        return entry(name).state();
    }

    ProcessView view(String name) {
        return rules.view(book, entry(name), ownership, now());
    }

    List<String> conditions(String name) {
        return view(name).conditions().stream().map(Condition::type).toList();
    }

    String condition(String name, String type) {
        return view(name).conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst()
                .orElseThrow()
                .message();
    }
}
