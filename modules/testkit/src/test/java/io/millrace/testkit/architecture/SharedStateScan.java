package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Finds state that belongs to no actor: static fields that can be assigned again or whose type is made to be changed,
 * and thread-locals. Content behind an unmodifiable type ({@code List}, {@code Map}) counts if it was made to be filled;
 * arrays are not judged.
 */
final class SharedStateScan {
    private static final Set<String> MUTABLE_PACKAGES = Set.of("java.util.concurrent", "java.util.concurrent.atomic");

    private static final Set<String> MUTABLE_TYPES = Set.of(
            "java.lang.StringBuilder",
            "java.util.ArrayDeque",
            "java.util.ArrayList",
            "java.util.BitSet",
            "java.util.EnumMap",
            "java.util.HashMap",
            "java.util.HashSet",
            "java.util.IdentityHashMap",
            "java.util.LinkedHashMap",
            "java.util.LinkedHashSet",
            "java.util.LinkedList",
            "java.util.PriorityQueue",
            "java.util.Random",
            "java.util.TreeMap",
            "java.util.TreeSet",
            "java.util.WeakHashMap");

    private static final Set<String> THREAD_LOCALS =
            Set.of("java.lang.ThreadLocal", "java.lang.InheritableThreadLocal");

    /** In {@code java.util.concurrent}, but nothing in it changes. */
    private static final Set<String> CONSTANTS = Set.of("java.util.concurrent.TimeUnit");

    private SharedStateScan() {}

    static List<Finding> mutableStatics(ClassModel model) {
        List<Finding> findings = new ArrayList<>();
        String className = CompiledClasses.name(model);
        for (FieldModel field : model.fields()) {
            if (!field.flags().has(AccessFlag.STATIC)) {
                continue;
            }
            String name = field.fieldName().stringValue();
            if (!field.flags().has(AccessFlag.FINAL)) {
                findings.add(new Finding(className, name, 0, "static field that is not final"));
            } else if (isMutable(field.fieldTypeSymbol())) {
                String type = field.fieldTypeSymbol().displayName();
                findings.add(new Finding(className, name, 0, "static " + type));
            }
        }
        return findings;
    }

    /** Static fields that get their content after their class was initialised: written later, or made to be filled. */
    static List<Finding> filledLater(ClassModel model) {
        Map<String, String> findings = new TreeMap<>();
        for (MethodModel method : model.methods()) {
            boolean isInitialiser = method.methodName().equalsString("<clinit>");
            CodeElement before = null;
            for (CodeElement element : Call.elements(method)) {
                if (element instanceof FieldInstruction write && write.opcode() == Opcode.PUTSTATIC) {
                    if (!isInitialiser) {
                        findings.put(write.name().stringValue(), "static field that is written later");
                    } else if (before instanceof InvokeInstruction made && isMutable(result(made))) {
                        findings.put(write.name().stringValue(), "static container that is filled later");
                    }
                }
                before = element instanceof Instruction ? element : before;
            }
        }
        return findings.entrySet().stream()
                .map(found -> new Finding(CompiledClasses.name(model), found.getKey(), 0, found.getValue()))
                .toList();
    }

    /** What a call leaves behind: the new object for a constructor. */
    private static ClassDesc result(InvokeInstruction call) {
        return call.name().equalsString("<init>")
                ? call.owner().asSymbol()
                : call.typeSymbol().returnType();
    }

    static List<Finding> threadLocals(ClassModel model) {
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry used && THREAD_LOCALS.contains(name(used.asSymbol()))) {
                return List.of(new Finding(CompiledClasses.name(model), "*", 0, "ThreadLocal"));
            }
        }
        return List.of();
    }

    private static boolean isMutable(ClassDesc type) {
        if (!type.isClassOrInterface() || CONSTANTS.contains(name(type))) {
            return false;
        }
        return MUTABLE_PACKAGES.contains(type.packageName()) || MUTABLE_TYPES.contains(name(type));
    }

    private static String name(ClassDesc type) {
        return type.isClassOrInterface() ? type.packageName() + "." + type.displayName() : type.displayName();
    }
}
