using System.Text.RegularExpressions;

namespace Patrol.Server.Web.Resources;

/// <summary>
/// The address of a project's or group's tokens, as GitLab has it: <c>/my/project/-/settings/access_tokens</c>,
/// <c>/groups/my/group/-/settings/access_tokens</c>, and below it <c>/7/revoke</c> and <c>/7/renew</c>.
/// </summary>
internal sealed partial record ResourcePath(bool IsGroup, string FullPath, long? TokenId, string? Action)
{
    /// <summary>The address of the list.</summary>
    public string Address => Of(IsGroup, FullPath);

    public static string Of(bool isGroup, string fullPath) => $"{(isGroup ? "/groups" : "")}/{fullPath}/-/settings/access_tokens";

    public static ResourcePath? Parse(string path)
    {
        if (Shape().Match(path) is not { Success: true } match)
            return null;
        var id = match.Groups["id"];
        return new ResourcePath(match.Groups["groups"].Success, match.Groups["path"].Value, id.Success ? long.Parse(id.ValueSpan) : null, id.Success ? match.Groups["action"].Value : null);
    }

    [GeneratedRegex(@"^(?<groups>groups/)?(?<path>[^/]+(/[^/]+)*?)/-/settings/access_tokens(/(?<id>[0-9]{1,18})/(?<action>revoke|renew))?$", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
