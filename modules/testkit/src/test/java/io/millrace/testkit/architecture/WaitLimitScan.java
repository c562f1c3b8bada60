package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Finds waits that could last for ever, and questions to actors whose time is made up on the spot: every question has a
 * time, because there is no way to ask without one, and it is a named limit or was handed in by the caller.
 */
final class WaitLimitScan {
    private static final ClassDesc DURATION = Duration.class.describeConstable().orElseThrow();

    /** Where {@code ask} is declared, in the forms for Java. */
    private static final Set<String> ASKERS = Set.of(
            "org.apache.pekko.actor.typed.javadsl.AskPattern",
            "org.apache.pekko.actor.typed.javadsl.ActorContext",
            "org.apache.pekko.cluster.sharding.typed.javadsl.EntityRef");

    private WaitLimitScan() {}

    /** Calls that hold their thread back until something happens, however long that takes. */
    static List<Finding> waits(ClassModel model) {
        return Call.find(model, call -> BlockingScan.isWait(call) && !hasLimit(call), Call::displayName);
    }

    /** Every question to an actor. */
    static List<Finding> asks(ClassModel model) {
        return Call.find(model, WaitLimitScan::isAsk, Call::displayName);
    }

    /** Questions in whose method a duration is made of a number, or no duration is known that could limit them. */
    static List<Finding> asksWithoutNamedLimit(ClassModel model) {
        List<Finding> findings = new ArrayList<>();
        for (MethodModel method : model.methods()) {
            List<CodeElement> elements = Call.elements(method);
            List<Call> calls = elements.stream()
                    .flatMap(element -> Call.in(element).stream())
                    .toList();
            boolean isMadeUp = calls.stream().anyMatch(WaitLimitScan::makesDuration);
            boolean isNamed = elements.stream().anyMatch(WaitLimitScan::readsLimit)
                    || method.methodTypeSymbol().parameterList().contains(DURATION);
            if (calls.stream().anyMatch(WaitLimitScan::isAsk) && (isMadeUp || !isNamed)) {
                String member = method.methodName().stringValue();
                findings.add(new Finding(CompiledClasses.name(model), member, 0, "ask without a named limit"));
            }
        }
        return findings;
    }

    private static boolean isAsk(Call call) {
        return call.name().startsWith("ask") && ASKERS.contains(call.ownerName());
    }

    private static boolean makesDuration(Call call) {
        return call.owner().equals(DURATION) && call.name().startsWith("of");
    }

    /** A constant of the product, or a field that was filled with one. */
    private static boolean readsLimit(CodeElement element) {
        return element instanceof FieldInstruction field
                && (field.opcode() == Opcode.GETSTATIC || field.opcode() == Opcode.GETFIELD)
                && field.typeSymbol().equals(DURATION)
                && field.owner().asInternalName().startsWith("io/millrace/");
    }

    private static boolean hasLimit(Call call) {
        boolean isImmediate = call.name().equals("onSpinWait") || call.name().equals("yield");
        return isImmediate
                || call.takes(TimeUnit.class)
                || call.takes(Duration.class)
                || call.owner().equals(TimeUnit.class.describeConstable().orElseThrow())
                || call.type().parameterList().contains(ConstantDescs.CD_long);
    }
}
