package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ExceptionCatch;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds catch blocks that do nothing: the handler stores the exception and goes on where the end of the try block goes
 * on. A try block that ends by returning leaves no trace of that place in the bytecode, so there an empty catch block
 * is not found.
 */
final class EmptyCatchScan {
    private EmptyCatchScan() {}

    static List<Finding> scan(ClassModel model) {
        List<Finding> findings = new ArrayList<>();
        if (model.flags().has(AccessFlag.SYNTHETIC)) {
            return findings; // The compiler's own table of a switch over an enum passes over constants that are gone.
        }
        for (MethodModel method : model.methods()) {
            method.code().ifPresent(code -> findings.addAll(scan(model, method, code)));
        }
        return findings;
    }

    private static List<Finding> scan(ClassModel model, MethodModel method, CodeModel code) {
        List<CodeElement> elements = code.elementList();
        return code.exceptionHandlers().stream()
                .filter(handler -> handler.catchType().isPresent())
                .map(ExceptionCatch::handler)
                .distinct()
                .map(label -> indexOf(elements, label))
                .filter(start -> isEmpty(elements, start))
                .map(start -> new Finding(
                        CompiledClasses.name(model),
                        method.methodName().stringValue(),
                        lineAt(elements, start),
                        "empty catch block"))
                .toList();
    }

    private static boolean isEmpty(List<CodeElement> elements, int start) {
        if (!(before(elements, start) instanceof BranchInstruction skip) || !isGoto(skip)) {
            return false;
        }
        int at = nextInstruction(elements, start);
        if (!(elements.get(at) instanceof StoreInstruction)) {
            return false;
        }
        int next = nextInstruction(elements, at + 1);
        boolean fallsThrough = elements.subList(at, next).stream()
                .anyMatch(element ->
                        element instanceof LabelTarget target && target.label().equals(skip.target()));
        boolean jumps = elements.get(next) instanceof BranchInstruction jump
                && isGoto(jump)
                && jump.target().equals(skip.target());
        return fallsThrough || jumps;
    }

    private static boolean isGoto(BranchInstruction branch) {
        return branch.opcode() == Opcode.GOTO || branch.opcode() == Opcode.GOTO_W;
    }

    private static int indexOf(List<CodeElement> elements, Label label) {
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i) instanceof LabelTarget target && target.label().equals(label)) {
                return i;
            }
        }
        throw new IllegalArgumentException("handler without a place in the code");
    }

    private static CodeElement before(List<CodeElement> elements, int index) {
        int at = index - 1;
        while (!(elements.get(at) instanceof Instruction)) {
            at--;
        }
        return elements.get(at);
    }

    private static int nextInstruction(List<CodeElement> elements, int index) {
        int at = index;
        while (!(elements.get(at) instanceof Instruction)) {
            at++;
        }
        return at;
    }

    private static int lineAt(List<CodeElement> elements, int index) {
        return elements.subList(index, nextInstruction(elements, index)).stream()
                .filter(LineNumber.class::isInstance)
                .mapToInt(element -> ((LineNumber) element).line())
                .findFirst()
                .orElse(0);
    }
}
