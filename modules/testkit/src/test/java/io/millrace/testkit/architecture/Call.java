package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CompoundElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ClassDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A method or constructor that compiled code calls, or passes on as a method reference.
 *
 * @param owner the type the call is made on, which may inherit the method
 */
record Call(ClassDesc owner, String name, MethodTypeDesc type) {

    /** The method an instruction calls, or the ones a lambda or method reference is made of. */
    static List<Call> in(CodeElement element) {
        return switch (element) {
            case InvokeInstruction invoke -> List.of(of(invoke.method()));
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

    /** Every place in a class that makes a call of a kind. */
    static List<Finding> find(ClassModel model, Predicate<Call> isWanted, Function<Call, String> what) {
        List<Finding> findings = new ArrayList<>();
        for (MethodModel method : model.methods()) {
            int line = 0;
            for (CodeElement element : elements(method)) {
                line = element instanceof LineNumber number ? number.line() : line;
                for (Call call : in(element)) {
                    if (isWanted.test(call)) {
                        String member = method.methodName().stringValue();
                        findings.add(new Finding(CompiledClasses.name(model), member, line, what.apply(call)));
                    }
                }
            }
        }
        return findings;
    }

    /** What the code of a method is made of; nothing if it has none. */
    static List<CodeElement> elements(MethodModel method) {
        return method.code().map(CompoundElement::elementList).orElse(List.of());
    }

    private static Call of(MemberRefEntry reference) {
        return new Call(
                reference.owner().asSymbol(),
                reference.name().stringValue(),
                MethodTypeDesc.ofDescriptor(reference.type().stringValue()));
    }

    boolean isConstructor() {
        return name.equals("<init>");
    }

    /** Whether the type of the call is this one or a subtype. */
    boolean isOn(Class<?> type) {
        return !owner.isArray() && type.isAssignableFrom(load());
    }

    boolean takes(Class<?> parameter) {
        return type.parameterList().contains(parameter.describeConstable().orElseThrow());
    }

    /** Binary name of the type the call is made on. */
    String ownerName() {
        String descriptor = owner.descriptorString();
        return descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
    }

    /** As it is written in a source: {@code Thread.sleep}, {@code new Timer}. */
    String displayName() {
        String ownerName = owner.displayName().replace('$', '.');
        return isConstructor() ? "new " + ownerName : ownerName + "." + name;
    }

    private Class<?> load() {
        try {
            return Class.forName(ownerName(), false, Call.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(
                    "cannot judge a call on " + ownerName() + ": not on the class path; run Maven with -am", e);
        }
    }
}
