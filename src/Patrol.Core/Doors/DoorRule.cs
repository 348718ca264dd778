using Patrol.Core.Directory;
using Patrol.Core.Scopes;

namespace Patrol.Core.Doors;

/// <summary>What opens a door.</summary>
public sealed record DoorRequirement
{
    /// <summary>Open for everybody; nothing else is asked.</summary>
    public bool Public { get; init; }

    /// <summary>The scopes that the token needs, each by itself or by a wider one.</summary>
    public IReadOnlyList<Scope> Scopes { get; init; } = [];

    /// <summary>Whether access to a group is needed; false for a project, null for neither.</summary>
    public bool? NeedsGroup { get; init; }

    /// <summary>The least access level in that project or group; <see cref="AccessLevel.None"/> if seeing it suffices.</summary>
    public AccessLevel Level { get; init; }

    /// <summary>Whoever may see the project or group by its visibility needs no level: everybody for public ones, without a token, too.</summary>
    public bool VisibilityOpens { get; init; }
}

/// <summary>A line of the operator's rules.</summary>
/// <param name="Line">Where it stands in the file.</param>
/// <param name="Path">Which paths it is about.</param>
/// <param name="Hosts">Which hosts, in small letters; empty for all.</param>
/// <param name="Methods">Which methods; empty for all. GET includes HEAD.</param>
/// <param name="Resource">The project's or group's id or full path, if it is not in the path.</param>
/// <param name="Requirement">What opens.</param>
public sealed record DoorRule(
    int Line, PathPattern Path, IReadOnlyList<string> Hosts, IReadOnlyList<string> Methods, string? Resource, DoorRequirement Requirement)
{
    /// <summary>Compares a request with the rule.</summary>
    public PathFit Match(DoorRequest request, out string? resource)
    {
        resource = null;
        var method = MethodFit(request.Method);
        if (method == PathFit.No || (Hosts.Count > 0 && !Hosts.Contains(request.Host)))
            return PathFit.No;
        var path = Path.Match(request.Path, out resource);
        resource ??= Resource;
        return path == PathFit.Yes ? method : path;
    }

    private PathFit MethodFit(string method)
    {
        if (Methods.Count == 0)
            return PathFit.Yes;
        var fit = PathFit.No;
        foreach (var known in Methods)
        {
            if (known == method || (known == "GET" && method == "HEAD"))
                return PathFit.Yes;
            if (known.Equals(method, StringComparison.OrdinalIgnoreCase))
                fit = PathFit.Perhaps;
        }
        return fit;
    }
}

/// <summary>A request to somebody else's service.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Host">Its host in small letters, without port and without a dot at the end.</param>
/// <param name="Path">Its path.</param>
public sealed record DoorRequest(string Method, string Host, DoorPath Path);

/// <summary>A rule that binds a request, with the project or group that it names there.</summary>
public readonly record struct BindingRule(DoorRule Rule, string? Resource);

/// <summary>Which rules bind a request.</summary>
public static class DoorRules
{
    /// <summary>
    /// The first rule that fits, and the rules before it under which the request might fall to a service that reads paths more
    /// loosely: all of them must be satisfied, so that no spelling opens what the plain one would not.
    /// </summary>
    /// <returns>The rules, the fitting one last; null if none fits or it cannot be said what is meant: then nothing opens.</returns>
    public static IReadOnlyList<BindingRule>? Find(IReadOnlyList<DoorRule> rules, DoorRequest request)
    {
        List<BindingRule>? binding = null;
        foreach (var rule in rules)
        {
            switch (rule.Match(request, out var resource))
            {
                case PathFit.Ambiguous:
                    return null;
                case PathFit.Yes when binding is null:
                    return [new BindingRule(rule, resource)];
                case PathFit.Yes:
                    return [.. binding, new BindingRule(rule, resource)];
                case PathFit.Perhaps:
                    (binding ??= []).Add(new BindingRule(rule, resource));
                    break;
            }
        }
        return null;
    }
}
