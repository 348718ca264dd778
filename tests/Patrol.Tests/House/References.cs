using System.Reflection;
using System.Reflection.Emit;

namespace Patrol.Tests.House;

/// <summary>
/// Which types and members each type of an assembly refers to: in signatures, attributes and in the code of its methods, the
/// compiler's own types (lambdas, state machines) counted to the type they are written in.
/// </summary>
internal sealed class References
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    private readonly HashSet<(Type From, Type To)> types = [];
    private readonly HashSet<(Type From, MemberInfo To)> members = [];

    public References(Assembly assembly)
    {
        foreach (var type in assembly.GetTypes())
            Read(type);
    }

    /// <summary>Type by type; both are types that people wrote or use, never the compiler's.</summary>
    public IReadOnlySet<(Type From, Type To)> Types => types;

    /// <summary>The methods, fields and constructors that code names.</summary>
    public IReadOnlySet<(Type From, MemberInfo To)> Members => members;

    private void Read(Type type)
    {
        var from = Written(type);
        Add(from, type.BaseType);
        foreach (var implemented in type.GetInterfaces())
            Add(from, implemented);
        foreach (var attribute in type.GetCustomAttributesData())
            Add(from, attribute.AttributeType);
        foreach (var field in type.GetFields(Everything))
            Add(from, field.FieldType);
        foreach (var method in type.GetMethods(Everything).Concat<MethodBase>(type.GetConstructors(Everything)))
        {
            Add(from, (method as MethodInfo)?.ReturnType);
            foreach (var parameter in method.GetParameters())
                Add(from, parameter.ParameterType);
            foreach (var local in method.GetMethodBody()?.LocalVariables ?? [])
                Add(from, local.LocalType);
            ReadCode(from, method);
        }
    }

    private void ReadCode(Type from, MethodBase method)
    {
        if (method.GetMethodBody()?.GetILAsByteArray() is not { } code)
            return;
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        for (var at = 0; at < code.Length;)
        {
            var operation = Codes[code[at] == 0xFE ? (short)((code[at++] << 8) | code[at++]) : code[at++]];
            switch (operation.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    Add(from, method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!);
                    break;
                case OperandType.InlineSwitch:
                    at += 4 * BitConverter.ToInt32(code, at);
                    break;
            }
            at += operation.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                _ => 4,
            };
        }
    }

    private void Add(Type from, MemberInfo member)
    {
        if (member is Type type)
        {
            Add(from, type);
            return;
        }
        members.Add((from, member));
        Add(from, member.DeclaringType);
        foreach (var argument in member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])
            Add(from, argument);
    }

    private void Add(Type from, Type? to)
    {
        while (to is { HasElementType: true })
            to = to.GetElementType();
        if (to is null || to.IsGenericParameter)
            return;
        foreach (var argument in to.IsGenericType ? to.GetGenericArguments() : [])
            Add(from, argument);
        types.Add((from, Written(to.IsGenericType ? to.GetGenericTypeDefinition() : to)));
    }

    private static Type Written(Type type)
    {
        while (type.DeclaringType is { } outer && type.Name.Contains('<', StringComparison.Ordinal))
            type = outer;
        return type;
    }
}
