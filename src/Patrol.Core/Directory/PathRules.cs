using Patrol.Core.Results;

namespace Patrol.Core.Directory;

/// <summary>How users, groups and projects may be called in addresses.</summary>
public static class PathRules
{
    /// <summary>The longest path or user name, in characters.</summary>
    public const int MaximumLength = 255;

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
}
