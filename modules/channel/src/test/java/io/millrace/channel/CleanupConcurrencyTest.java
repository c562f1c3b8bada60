package io.millrace.channel;

import static io.millrace.channel.CleanupUnderTest.PATIENCE;
import static io.millrace.channel.CleanupUnderTest.result;
import static io.millrace.channel.CleanupUnderTest.run;
import static io.millrace.channel.CleanupUnderTest.task;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.cleanup.CleanupManager;
import io.millrace.channel.fixture.TestHandler;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.cleanup.CleanupStatus;
import io.millrace.contracts.cleanup.CleanupTask;
import io.millrace.contracts.cleanup.CleanupView;
import io.millrace.contracts.handle.Reference;
import io.millrace.domain.Limits;
import io.millrace.domain.cleanup.CleanupBook;
import io.millrace.domain.cleanup.CleanupChange;
import io.millrace.domain.cleanup.ContradictionCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many callers of one channel at once. */
class CleanupConcurrencyTest {
    private static final int CALLERS = 8;
    private static final int TASKS = 30;
    private static final int REQUESTS_EACH = 60;
    private static final List<String> SHARED = List.of("a", "b", "c", "d");

    @TempDir
    Path data;

    private final TestHandler.Gate gate = new TestHandler.Gate("gate");
    private final Map<String, AtomicInteger> acting = new ConcurrentHashMap<>();
    private final AtomicInteger actedTwice = new AtomicInteger();
    private final ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    private CleanupUnderTest cleanups;

    @BeforeEach
    void start() {
        var alone = TestHandler.named("alone", context -> {
            AtomicInteger inside = acting.computeIfAbsent(String.valueOf(context.input()), _ -> new AtomicInteger());
            if (inside.incrementAndGet() > 1) {
                actedTwice.incrementAndGet();
            }
            Thread.onSpinWait();
            inside.decrementAndGet();
            return null;
        });
        cleanups = new CleanupUnderTest(data, gate, alone).started();
    }

    @AfterEach
    void stop() {
        gate.open();
        callers.shutdownNow();
        cleanups.close();
    }

    @Test
    @Proves({"C-36", "C-58"})
    void onlyValidTasksExistHoweverManyAreRegisteredBesideAnExecution() throws Exception {
        // given
        cleanups.registered(task("slow", run("gate", ""), null, null));
        var executing = cleanups.executing("slow");
        gate.awaitEntered();

        // when each registers the same names, and each time one that is too large
        List<List<ManagerReply>> answers = fromEachCaller(caller -> {
            List<ManagerReply> replies = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
                replies.add(register(named(i, caller)));
                replies.add(register(
                        task("bad-" + i, run("ok", "x".repeat(Limits.CLEANUP_TASK_BYTES_MAX)), null, null)));
            }
            return replies;
        });
        gate.open();

        // then
        List<String> registered = answers.stream()
                .flatMap(List::stream)
                .filter(CleanupManager.Registered.class::isInstance)
                .map(reply ->
                        ((CleanupManager.Registered) reply).task().task().name().value())
                .toList();
        assertThat(registered).hasSize(TASKS).doesNotHaveDuplicates().noneMatch(name -> name.startsWith("bad"));
        assertThat(refusals(answers)).containsOnly(ErrorCode.ALREADY_EXISTS, ErrorCode.INVALID_ARGUMENT);
        List<CleanupTask> listed = listed();
        assertThat(listed).hasSize(TASKS + 1);
        assertThat(listed)
                .filteredOn(task -> !task.name().value().equals("slow"))
                .allSatisfy(task -> {
                    int number = Integer.parseInt(task.name().value().substring(1));
                    assertThat(IntStream.range(0, CALLERS).mapToObj(caller -> named(number, caller)))
                            .contains(task);
                });
        assertThat(result(executing).status()).isEqualTo(CleanupStatus.COMPLETE);
        cleanups.fixture.crash();
        cleanups.fixture.startOnAnotherNode();
        assertThat(listed()).isEqualTo(listed);
    }

    @Test
    @Proves("C-50")
    void whateverManyAskAtOnceEachIsAnsweredAndNoRuleIsBroken() throws Exception {
        // when
        List<List<ManagerReply>> answers = fromEachCaller(caller -> {
            Random random = new Random(caller);
            List<ManagerReply> replies = new ArrayList<>();
            for (int i = 0; i < REQUESTS_EACH; i++) {
                replies.add(anything(random));
            }
            return replies;
        });

        // then
        assertThat(answers).allSatisfy(replies -> assertThat(replies).hasSize(REQUESTS_EACH));
        assertThat(refusals(answers))
                .isSubsetOf(ErrorCode.ALREADY_EXISTS, ErrorCode.NOT_FOUND, ErrorCode.INVALID_STATE);
        assertThat(actedTwice).as("steps that acted twice at once").hasValue(0);
        CleanupBook book = CleanupBook.empty();
        for (CleanupChange change : cleanups.stored()) {
            assertThat(ContradictionCheck.find(book, List.of(change))).isNull();
            book.apply(change, 1, 1, "node-1");
        }
        assertThat(book.active()).isEmpty();
        assertThat(book.lastRun()).isPositive();
        assertThat(listedViews())
                .hasSameSizeAs(book.tasks())
                .allSatisfy(view -> assertThat(view.status())
                        .isEqualTo(book.status(view.task().name())));
    }

    private ManagerReply anything(Random random) throws Exception {
        String name = SHARED.get(random.nextInt(SHARED.size()));
        Reference reference = Reference.byId(name);
        return switch (random.nextInt(8)) {
            case 0, 1 -> register(shared(name));
            case 2, 3 -> ask(replyTo -> new CleanupManager.Execute(reference, PATIENCE.toMillis(), replyTo));
            case 4 -> ask(replyTo -> new CleanupManager.Rollback(reference, replyTo));
            case 5 -> ask(replyTo -> new CleanupManager.Remove(reference, replyTo));
            case 6 -> ask(replyTo -> new CleanupManager.ValidateDependencies(reference, replyTo));
            default -> ask(replyTo -> new CleanupManager.ShowHistory(reference, replyTo));
        };
    }

    private static CleanupTask shared(String name) {
        int place = SHARED.indexOf(name);
        String[] dependsOn = place == 0 ? new String[0] : new String[] {SHARED.get(place - 1)};
        return task(name, run("alone", name), null, run("alone", name), dependsOn);
    }

    private static CleanupTask named(int number, int caller) {
        return task("t" + number, run("ok", number + " of " + caller), null, null);
    }

    // Callers

    private interface Caller {
        List<ManagerReply> call(int number) throws Exception;
    }

    private List<List<ManagerReply>> fromEachCaller(Caller each) throws Exception {
        List<Callable<List<ManagerReply>>> calls = IntStream.range(0, CALLERS)
                .<Callable<List<ManagerReply>>>mapToObj(caller -> () -> each.call(caller))
                .toList();
        List<List<ManagerReply>> answers = new ArrayList<>();
        for (Future<List<ManagerReply>> answer : callers.invokeAll(calls)) {
            answers.add(answer.get());
        }
        return answers;
    }

    private ManagerReply register(CleanupTask task) throws Exception {
        return ask(replyTo -> new CleanupManager.Register(task, null, null, replyTo));
    }

    private ManagerReply ask(Function<ActorRef<ManagerReply>, CleanupManager.Request> request) throws Exception {
        return AskPattern.<Channel.Command, ManagerReply>ask(
                        cleanups.fixture.channel(),
                        replyTo -> new ChannelRequest.AskCleanups(request.apply(replyTo)),
                        PATIENCE,
                        cleanups.fixture.testKit().scheduler())
                .toCompletableFuture()
                .get();
    }

    private static List<ErrorCode> refusals(List<List<ManagerReply>> answers) {
        return answers.stream()
                .flatMap(List::stream)
                .filter(ManagerReply.Refused.class::isInstance)
                .map(reply -> ((ManagerReply.Refused) reply).problem().code())
                .toList();
    }

    private List<CleanupView> listedViews() {
        return cleanups.ask(CleanupManager.Listed.class, replyTo -> new CleanupManager.ListTasks(0, replyTo))
                .tasks();
    }

    private List<CleanupTask> listed() {
        return listedViews().stream().map(CleanupView::task).toList();
    }
}
