package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Finds what can hold a thread back: monitors, anything of {@code java.util.concurrent.locks}, and calls that wait,
 * whether called or passed on as a method reference. A call is judged by the type it is made on and every type above
 * it, so a wait through a subclass is found too.
 *
 * <p>Input and output are not looked for: a read that waits belongs on a thread of its own, which a scan cannot see.
 */
final class BlockingScan {
    private static final String LOCKS = "java.util.concurrent.locks";

    private static final List<Wait> WAITS = List.of(
            new Wait(Object.class, named("wait").and(BlockingScan::isMethodOfObject)),
            new Wait(Thread.class, named("sleep", "join", "yield", "onSpinWait")),
            new Wait(TimeUnit.class, named("sleep", "timedJoin", "timedWait")),
            new Wait(Future.class, named("get", "join", "invoke")),
            new Wait(ForkJoinTask.class, named("invokeAll")),
            new Wait(ForkJoinPool.class, named("invoke", "awaitQuiescence", "managedBlock")),
            new Wait(ExecutorService.class, named("awaitTermination", "invokeAll", "invokeAny", "close")),
            new Wait(CompletionService.class, named("take").or(BlockingScan::hasTimeout)),
            new Wait(
                    BlockingQueue.class,
                    named("take", "takeFirst", "takeLast", "put", "putFirst", "putLast", "transfer")
                            .or(BlockingScan::hasTimeout)),
            new Wait(CountDownLatch.class, named("await")),
            new Wait(CyclicBarrier.class, named("await")),
            new Wait(Phaser.class, named("awaitAdvance", "awaitAdvanceInterruptibly", "arriveAndAwaitAdvance")),
            new Wait(Semaphore.class, named("acquire", "acquireUninterruptibly").or(BlockingScan::hasTimeout)),
            new Wait(Exchanger.class, named("exchange")),
            new Wait(Process.class, named("waitFor")));

    /** Waits in Scala's library, by name: there is no Java type to compare with. */
    private static final Set<String> SCALA_WAITS = Set.of("scala.concurrent.Await", "scala.concurrent.Await$");

    private record Wait(Class<?> type, Predicate<Call> isWait) {}

    private BlockingScan() {}

    static List<Finding> scan(ClassModel model) {
        List<Finding> findings = new ArrayList<>();
        String className = CompiledClasses.name(model);
        for (FieldModel field : model.fields()) {
            if (isLock(field.fieldTypeSymbol())) {
                String what = displayName(field.fieldTypeSymbol());
                findings.add(new Finding(className, field.fieldName().stringValue(), 0, what));
            }
        }
        for (MethodModel method : model.methods()) {
            findings.addAll(monitors(className, method));
        }
        findings.addAll(Call.find(model, BlockingScan::isWait, Call::displayName));
        return findings;
    }

    private static List<Finding> monitors(String className, MethodModel method) {
        List<Finding> findings = new ArrayList<>();
        String name = method.methodName().stringValue();
        if (method.flags().has(AccessFlag.SYNCHRONIZED)) {
            findings.add(new Finding(className, name, 0, "synchronized method"));
        }
        int line = 0;
        for (CodeElement element : Call.elements(method)) {
            if (element instanceof LineNumber number) {
                line = number.line();
            } else if (element instanceof MonitorInstruction) {
                findings.add(new Finding(className, name, line, "monitor"));
            }
        }
        return findings;
    }

    /** Whether a call may hold its thread back. */
    static boolean isWait(Call call) {
        if (isLock(call.owner()) || SCALA_WAITS.contains(call.ownerName())) {
            return true;
        }
        return WAITS.stream().anyMatch(wait -> wait.isWait().test(call) && call.isOn(wait.type()));
    }

    private static boolean isLock(ClassDesc type) {
        return type.isClassOrInterface() && type.packageName().equals(LOCKS);
    }

    private static String displayName(ClassDesc type) {
        return type.displayName().replace('$', '.');
    }

    private static Predicate<Call> named(String... names) {
        Set<String> set = Set.of(names);
        return call -> set.contains(call.name());
    }

    private static boolean hasTimeout(Call call) {
        return call.takes(TimeUnit.class);
    }

    /** Every type is an Object, so a method of the same name with another signature must not count. */
    private static boolean isMethodOfObject(Call call) {
        return Set.of("()V", "(J)V", "(JI)V").contains(call.type().descriptorString());
    }
}
