using System.Text.Json.Serialization;
using Patrol.Server.Start;
using Patrol.Server.Users;

namespace Patrol.Server.Wire.Atlassian;

/// <summary>A user to themself, as Jira shows it.</summary>
internal sealed class MyselfJson(User user, string baseUrl, string rootUrl)
{
    public string Self => SelfOf(user, baseUrl);

    public string Key => UserKeys.Of(user.Id);

    public string Name => user.Username;

    public string EmailAddress => user.Email;

    public Dictionary<string, string> AvatarUrls => ((string[])["16x16", "24x24", "32x32", "48x48"]).ToDictionary(size => size, _ => $"{rootUrl}/favicon.ico", StringComparer.Ordinal);

    public string DisplayName => user.Name;

    public bool Active => user.IsActive;

    public bool Deleted => false;

    public string TimeZone => "Etc/UTC";

    public string Locale => "en_US";

    public EmptyListJson Groups => new();

    public EmptyListJson ApplicationRoles => new();

    public string Expand => "groups,applicationRoles";

    public static string SelfOf(User user, string baseUrl) => $"{baseUrl}/rest/api/2/user?username={Uri.EscapeDataString(user.Username)}";
}

/// <summary>A list of which there is nothing here.</summary>
internal sealed class EmptyListJson
{
    public int Size => 0;

    public string[] Items => [];
}

/// <summary>
/// What server this is, as Jira says it. The version is of the Jira whose token API is spoken, since clients decide by it what they
/// may ask; who the server really is stands in <c>scmInfo</c> and <c>serverTitle</c>.
/// </summary>
internal sealed class ServerInfoJson(string baseUrl, DateTimeOffset now)
{
    private static readonly DateTimeOffset Built = new(2023, 11, 8, 0, 0, 0, TimeSpan.Zero);

    public string BaseUrl => baseUrl;

    public string Version => string.Join('.', VersionNumbers);

    public int[] VersionNumbers => [9, 12, 0];

    public string DeploymentType => "Server";

    public int BuildNumber => 912000;

    public DateTimeOffset BuildDate => Built;

    public int DatabaseBuildNumber => BuildNumber;

    public DateTimeOffset ServerTime => now;

    public string ScmInfo => $"patrol-server {Launch.Version}";

    public string ServerTitle => "Patrol";
}

/// <summary>A user to themself, as Confluence shows it.</summary>
internal sealed class ConfluenceUserJson(User user, string baseUrl, string context)
{
    public string Type => "known";

    public string Username => user.Username;

    public string UserKey => UserKeys.Of(user.Id);

    public ProfilePictureJson ProfilePicture => new("/favicon.ico", 48, 48, true);

    public string DisplayName => user.Name;

    [JsonPropertyName("_links")]
    public Dictionary<string, string> Links => new(StringComparer.Ordinal)
    {
        ["base"] = baseUrl,
        ["context"] = context,
        ["self"] = $"{baseUrl}/rest/api/user?key={UserKey}",
    };

    [JsonPropertyName("_expandable")]
    public Dictionary<string, string> Expandable => new(StringComparer.Ordinal) { ["status"] = "" };
}

internal sealed record ProfilePictureJson(string Path, int Width, int Height, bool IsDefault);
