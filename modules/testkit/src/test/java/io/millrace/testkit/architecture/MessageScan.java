package io.millrace.testkit.architecture;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.RecordComponentInfo;
import java.lang.classfile.constantpool.Utf8Entry;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.constant.ClassDesc;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.Behavior;

/**
 * Finds collections that one actor could change while another reads them: those that a message carries or an actor is
 * made with, directly or inside of something else, as they were given and not as a copy.
 *
 * <p>A message is a class below a type that some {@code ActorRef} or {@code Behavior} is declared with. An actor is made
 * by a method {@code create} that returns a {@code Behavior}. What they carry is followed through records. Arrays are not
 * judged.
 */
final class MessageScan {
    private static final Pattern ADDRESSED =
            Pattern.compile("org/apache/pekko/actor/typed/(?:ActorRef|Behavior)<L([\\w/$]+)");
    private static final Pattern TYPE = Pattern.compile("L([\\w/$]+)");
    private static final Set<String> COPIERS = Set.of("copyOf", "<init>");

    private static final ClassDesc BEHAVIOR = Behavior.class.describeConstable().orElseThrow();

    private final Map<String, ClassModel> classes;

    MessageScan(Stream<ClassModel> classes) {
        this.classes = classes.collect(
                Collectors.toMap(model -> model.thisClass().asInternalName(), model -> model, (a, _) -> a));
    }

    /** Every class that is sent to an actor or that one is made with, and every record it carries; by internal name. */
    Set<String> carried() {
        Deque<String> open = new ArrayDeque<>(messages());
        open.addAll(givenToActors());
        Set<String> found = new TreeSet<>();
        while (!open.isEmpty()) {
            String name = open.pop();
            ClassModel model = classes.get(name);
            if (model != null && found.add(name)) {
                components(model).forEach(component -> open.addAll(typesIn(component)));
            }
        }
        return found;
    }

    List<Finding> uncopied() {
        List<Finding> findings = new ArrayList<>();
        for (String name : carried()) {
            ClassModel model = classes.get(name);
            if (model != null) {
                findings.addAll(uncopied(model));
            }
        }
        creators().forEach(creator -> findings.addAll(uncopied(creator)));
        return findings;
    }

    private static List<Finding> uncopied(MethodModel creator) {
        List<Finding> findings = new ArrayList<>();
        int slot = 0;
        for (ClassDesc type : creator.methodTypeSymbol().parameterList()) {
            if (isCollection(type) && !copies(creator, slot)) {
                String className = creator.parent().map(CompiledClasses::name).orElseThrow();
                findings.add(new Finding(className, "create", 0, "collection that is not copied"));
            }
            slot += slots(type);
        }
        return findings;
    }

    private static List<Finding> uncopied(ClassModel model) {
        List<Finding> findings = new ArrayList<>();
        int slot = 1;
        for (RecordComponentInfo component : components(model)) {
            ClassDesc type = component.descriptorSymbol();
            if (isCollection(type) && !isCopied(model, slot)) {
                String member = component.name().stringValue();
                findings.add(new Finding(CompiledClasses.name(model), member, 0, "collection that is not copied"));
            }
            slot += slots(type);
        }
        return findings;
    }

    /** A long and a double take two. */
    private static int slots(ClassDesc type) {
        return type.descriptorString().matches("[JD]") ? 2 : 1;
    }

    private Stream<MethodModel> creators() {
        return classes.values().stream()
                .flatMap(model -> model.methods().stream())
                .filter(method -> method.methodName().equalsString("create"))
                .filter(method -> method.methodTypeSymbol().returnType().equals(BEHAVIOR));
    }

    private Set<String> givenToActors() {
        return below(creators()
                .flatMap(creator -> creator.methodTypeSymbol().parameterList().stream())
                .filter(ClassDesc::isClassOrInterface)
                .map(type -> type.descriptorString()
                        .substring(1, type.descriptorString().length() - 1))
                .collect(Collectors.toSet()));
    }

    private Set<String> messages() {
        Set<String> protocols = new HashSet<>();
        for (ClassModel model : classes.values()) {
            model.constantPool().forEach(entry -> {
                if (entry instanceof Utf8Entry text) {
                    ADDRESSED.matcher(text.stringValue()).results().forEach(found -> protocols.add(found.group(1)));
                }
            });
        }
        return below(protocols);
    }

    /** The types of the product among these, and those that implement them. */
    private Set<String> below(Set<String> types) {
        Set<String> ours = types.stream().filter(classes::containsKey).collect(Collectors.toSet());
        return classes.keySet().stream()
                .filter(name -> supertypes(name).anyMatch(ours::contains))
                .collect(Collectors.toSet());
    }

    /** The type itself and those of the product above it. */
    private Stream<String> supertypes(String name) {
        ClassModel model = classes.get(name);
        if (model == null) {
            return Stream.of(name);
        }
        Stream<String> above = Stream.concat(
                model.superclass().stream().map(entry -> entry.asInternalName()),
                model.interfaces().stream().map(entry -> entry.asInternalName()));
        return Stream.concat(Stream.of(name), above.flatMap(this::supertypes));
    }

    /** Types a component is declared with, their arguments and all that implement them. */
    private Set<String> typesIn(RecordComponentInfo component) {
        String declared = component
                .findAttribute(Attributes.signature())
                .map(signature -> signature.signature().stringValue())
                .orElse(component.descriptor().stringValue());
        return below(
                TYPE.matcher(declared).results().map(found -> found.group(1)).collect(Collectors.toSet()));
    }

    private static List<RecordComponentInfo> components(ClassModel model) {
        return model.findAttribute(Attributes.record())
                .map(record -> record.components())
                .orElse(List.of());
    }

    private static boolean isCollection(ClassDesc type) {
        if (!type.isClassOrInterface() || !type.packageName().startsWith("java.util")) {
            return false;
        }
        try {
            Class<?> loaded = Class.forName(type.packageName() + "." + type.displayName());
            return Collection.class.isAssignableFrom(loaded) || Map.class.isAssignableFrom(loaded);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException("cannot judge " + type.displayName(), e);
        }
    }

    /** Whether a constructor hands the parameter in this slot to something that copies it, before anything else. */
    private static boolean isCopied(ClassModel model, int slot) {
        for (MethodModel method : model.methods()) {
            if (method.methodName().equalsString("<init>") && copies(method, slot)) {
                return true;
            }
        }
        return false;
    }

    private static boolean copies(MethodModel method, int slot) {
        List<Instruction> instructions = new ArrayList<>();
        for (CodeElement element : Call.elements(method)) {
            if (element instanceof Instruction instruction) {
                instructions.add(instruction);
            }
        }
        for (int i = 1; i < instructions.size(); i++) {
            if (isHandedToCopier(instructions, i, slot) || isReplaced(instructions, i, slot)) {
                return true;
            }
        }
        return false;
    }

    /** The parameter goes straight into something that copies it. */
    private static boolean isHandedToCopier(List<Instruction> instructions, int at, int slot) {
        return isLoad(instructions.get(at - 1), slot)
                && Call.in(instructions.get(at)).stream().anyMatch(MessageScan::isCopier);
    }

    /** Something else, which nobody can change, takes the place of the parameter. */
    private static boolean isReplaced(List<Instruction> instructions, int at, int slot) {
        return at > 1
                && instructions.get(at) instanceof StoreInstruction store
                && store.slot() == slot
                && Call.in(instructions.get(at - 1)).stream()
                        .anyMatch(call -> call.name().startsWith("unmodifiable"))
                && !isLoad(instructions.get(at - 2), slot);
    }

    private static boolean isLoad(Instruction instruction, int slot) {
        return instruction instanceof LoadInstruction load && load.slot() == slot;
    }

    private static boolean isCopier(Call call) {
        return COPIERS.contains(call.name()) && call.owner().packageName().equals("java.util");
    }
}
