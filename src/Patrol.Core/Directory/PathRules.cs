using System.Text;
using Patrol.Core.Results;

namespace Patrol.Core.Directory;

/// <summary>How users, groups and projects may be called in addresses.</summary>
public static class PathRules
{
    /// <summary>The longest path or user name, in characters.</summary>
    public const int MaximumLength = 255;

    /// <summary>The longest address of a group or project, with the groups that it is in; GitLab's limit, and what an index can hold.</summary>
    public const int MaximumFullLength = 255;

    /// <summary>How many groups can be in each other; GitLab's limit.</summary>
    public const int MaximumDepth = 20;

    // GitLab's list: addresses of its own that are not groups'.
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "-", ".well-known", "abuse_reports", "admin", "api", "apple-touch-icon.png", "assets", "dashboard", "deploy.html", "explore", "favicon.ico",
        "favicon.png", "files", "groups", "health_check", "help", "import", "jwt", "login", "oauth", "profile", "projects", "public", "robots.txt",
        "s", "search", "sitemap", "sitemap.xml", "sitemap.xml.gz", "slash-command-logo.png", "snippets", "unsubscribes", "uploads", "users", "v2",
    };

    /// <summary>Checks a user name or the path of a group or project.</summary>
    /// <param name="field">The field that a refusal names: <c>username</c> or <c>path</c>.</param>
    /// <param name="path">The text.</param>
    public static Result<string> Check(string field, string path)
    {
        if (path.Length == 0)
            return new Refusal.Invalid(field, "can't be blank");
        if (path.Length > MaximumLength)
            return new Refusal.Invalid(field, $"is too long (maximum is {MaximumLength} characters)");
        var allowed = path.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');
        if (!allowed || path[0] is '-' or '.' || path[^1] is '.' ||
            path.EndsWith(".git", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".atom", StringComparison.OrdinalIgnoreCase))
            return new Refusal.Invalid(field, "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or '.', end in '.', '.git' or '.atom'.");
        return path;
    }

    /// <summary>Checks a path with those of the groups that it is in.</summary>
    /// <param name="fullPath">The texts with slashes between them, each of which is a path.</param>
    public static Result<string> CheckFull(string fullPath) => fullPath.Length <= MaximumFullLength ? fullPath
        : new Refusal.Invalid("route.path", $"is too long (maximum is {MaximumFullLength} characters)");

    /// <summary>Checks the name of a user or the path of a group that is in no other group.</summary>
    /// <inheritdoc cref="Check"/>
    public static Result<string> CheckTopLevel(string field, string path) =>
        Reserved.Contains(path) ? new Refusal.Invalid(field, "is a reserved name") : Check(field, path);

    /// <summary>The path that a project gets from its name if it is given none: the name itself where that is a path.</summary>
    public static string FromName(string name)
    {
        if (Check("path", name).Refusal is null)
            return name;
        var path = new StringBuilder(name.Length);
        foreach (var c in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c) || c == '_')
                path.Append(c);
            else if (path.Length > 0 && path[^1] != '-')
                path.Append('-');
        }
        return path.ToString().TrimEnd('-');
    }
}
