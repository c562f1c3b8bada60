package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CompoundElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
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

    private record Call(ClassDesc owner, String name, MethodTypeDesc type) {
        static Call of(MemberRefEntry reference) {
            return new Call(
                    reference.owner().asSymbol(),
                    reference.name().stringValue(),
                    MethodTypeDesc.ofDescriptor(reference.type().stringValue()));
        }
    }

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
            findings.addAll(scan(className, method));
        }
        return findings;
    }

    private static List<Finding> scan(String className, MethodModel method) {
        List<Finding> findings = new ArrayList<>();
        String name = method.methodName().stringValue();
        if (method.flags().has(AccessFlag.SYNCHRONIZED)) {
            findings.add(new Finding(className, name, 0, "synchronized method"));
        }
        int line = 0;
        for (CodeElement element :
                method.code().map(CompoundElement::elementList).orElse(List.of())) {
            if (element instanceof LineNumber number) {
                line = number.line();
            } else if (element instanceof MonitorInstruction) {
                findings.add(new Finding(className, name, line, "monitor"));
            }
            for (Call call : calls(element)) {
                if (isWait(call)) {
                    findings.add(new Finding(className, name, line, displayName(call.owner()) + "." + call.name()));
                }
            }
        }
        return findings;
    }

    /** The method an instruction calls, or the ones a lambda or method reference is made of. */
    private static List<Call> calls(CodeElement element) {
        return switch (element) {
            case InvokeInstruction invoke -> List.of(Call.of(invoke.method()));
            case InvokeDynamicInstruction invoke ->
                invoke.bootstrapArgs().stream()
                        .filter(DirectMethodHandleDesc.class::isInstance)
                        .map(DirectMethodHandleDesc.class::cast)
                        .filter(handle -> handle.lookupDescriptor().startsWith("("))
                        .map(handle -> new Call(
                                handle.owner(),
                                handle.methodName(),
                                MethodTypeDesc.ofDescriptor(handle.lookupDescriptor())))
                        .toList();
            default -> List.of();
        };
    }

    private static boolean isWait(Call call) {
        if (isLock(call.owner())) {
            return true;
        }
        if (call.owner().isArray()) {
            return false;
        }
        String ownerName = binaryName(call.owner());
        if (SCALA_WAITS.contains(ownerName)) {
            return true;
        }
        List<Wait> waits =
                WAITS.stream().filter(wait -> wait.isWait().test(call)).toList();
        if (waits.isEmpty()) {
            return false;
        }
        Class<?> type = load(ownerName);
        return waits.stream().anyMatch(wait -> wait.type().isAssignableFrom(type));
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, BlockingScan.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "cannot judge a call on " + name + ": not on the class path; run Maven with -am", e);
        }
    }

    private static boolean isLock(ClassDesc type) {
        return type.isClassOrInterface() && type.packageName().equals(LOCKS);
    }

    private static String binaryName(ClassDesc type) {
        return type.descriptorString()
                .substring(1, type.descriptorString().length() - 1)
                .replace('/', '.');
    }

    private static String displayName(ClassDesc type) {
        return type.displayName().replace('$', '.');
    }

    private static Predicate<Call> named(String... names) {
        Set<String> set = Set.of(names);
        return call -> set.contains(call.name());
    }

    private static boolean hasTimeout(Call call) {
        return call.type().parameterList().stream()
                .anyMatch(parameter ->
                        parameter.equals(TimeUnit.class.describeConstable().orElseThrow()));
    }

    /** Every type is an Object, so a method of the same name with another signature must not count. */
    private static boolean isMethodOfObject(Call call) {
        return Set.of("()V", "(J)V", "(JI)V").contains(call.type().descriptorString());
    }
}
