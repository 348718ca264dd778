using Patrol.Core.Directory;
using Patrol.Core.Scopes;

namespace Patrol.Core.Doors;

/// <summary>
/// Access that a registry's client asks for: <c>repository:group/app/image:pull,push</c> or <c>registry:catalog:*</c>.
/// https://distribution.github.io/distribution/spec/auth/scope/
/// </summary>
/// <param name="Type"><c>repository</c> or <c>registry</c>.</param>
/// <param name="Name">The image's path.</param>
/// <param name="Actions">What is to be done.</param>
public sealed record RegistryScope(string Type, string Name, IReadOnlyList<string> Actions)
{
    /// <summary>How many scopes one request may ask for.</summary>
    public const int Most = 100;

    private const int LongestName = 255;
    private const int MostActions = 10;

    // GitLab: an image lies at its project's path, or up to three names below it.
    private const int MostBelowProject = 3;

    private static readonly DoorRequirement Pull = new() { Scopes = [ScopeCatalog.ReadRegistry], NeedsGroup = false, Level = AccessLevel.Reporter, VisibilityOpens = true };
    private static readonly DoorRequirement Push = new() { Scopes = [ScopeCatalog.WriteRegistry], NeedsGroup = false, Level = AccessLevel.Developer };
    private static readonly DoorRequirement Delete = new() { Scopes = [ScopeCatalog.Api], NeedsGroup = false, Level = AccessLevel.Developer };
    private static readonly DoorRequirement All = new() { Scopes = [ScopeCatalog.Api], NeedsGroup = false, Level = AccessLevel.Maintainer };

    /// <summary>The scope is about the list of all images.</summary>
    public bool IsCatalog => Type == "registry" && Name == "catalog";

    /// <summary>Reads scopes; what is none of the known form is left out, as nothing could be granted for it.</summary>
    /// <param name="texts">Each may hold several with blanks between.</param>
    /// <returns>The scopes, one for each name; null if there are too many.</returns>
    public static IReadOnlyList<RegistryScope>? Parse(IEnumerable<string?> texts)
    {
        var words = texts.SelectMany(text => (text ?? "").Split(' ', Most + 1, StringSplitOptions.RemoveEmptyEntries)).Take(Most + 1).ToList();
        if (words.Count > Most)
            return null;
        return
        [
            .. words.Select(ParseOne).OfType<RegistryScope>().GroupBy(scope => (scope.Type, scope.Name))
                .Select(same => new RegistryScope(same.Key.Type, same.Key.Name, [.. same.SelectMany(scope => scope.Actions).Distinct()])),
        ];
    }

    /// <summary>The paths at which the project of an image may be, the longest first: no project's path begins with another's.</summary>
    public IReadOnlyList<string> ProjectPaths()
    {
        var paths = new List<string>();
        for (var path = Name; paths.Count <= MostBelowProject && path.Contains('/'); path = path[..path.LastIndexOf('/')])
            paths.Add(path);
        return paths;
    }

    /// <summary>What an action needs; null if nobody may do it.</summary>
    public static DoorRequirement? Needs(string action) => action switch
    {
        "pull" => Pull,
        "push" => Push,
        "delete" => Delete,
        "*" => All,
        _ => null,
    };

    // The name itself may hold colons: a registry's port. No image's name that a project can have does.
    private static RegistryScope? ParseOne(string word)
    {
        var (first, last) = (word.IndexOf(':'), word.LastIndexOf(':'));
        if (first < 0 || first == last)
            return null;
        var (type, name, actions) = (word[..first], word[(first + 1)..last], word[(last + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries));
        return type is "repository" or "registry" && name.Length is > 0 and <= LongestName && actions.Length is > 0 and <= MostActions && IsName(name)
            ? new RegistryScope(type, name, actions) : null;
    }

    private static bool IsName(string name) =>
        name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-' or '/') && Array.TrueForAll(name.Split('/'), part => part.Length > 0 && part.Trim('.').Length > 0);
}
