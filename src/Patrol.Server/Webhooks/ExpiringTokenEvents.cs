using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Patrol.Server.Groups;
using Patrol.Server.Projects;
using Patrol.Server.Settings;
using Patrol.Server.Storage;
using Patrol.Server.Tokens;

namespace Patrol.Server.Webhooks;

/// <summary>What webhooks are told of tokens that are about to end: GitLab's payload, so that what listens to GitLab understands it.</summary>
internal sealed class ExpiringTokenEvents(Database database, PublicAddress address)
{
    /// <summary>The payloads of those of these tokens that belong to a project or group, by token.</summary>
    public async Task<Dictionary<long, string>> Handle(IReadOnlyList<long> tokenIds)
    {
        var payloads = new Dictionary<long, string>();
        foreach (var token in await database.Read(connection => TokenSql.Load(connection, tokenIds)))
        {
            if (token.Bot is not { } bot)
                continue;
            var (project, group) = await database.Read(async connection => (
                bot.IsGroup ? null : await ProjectSql.Find(connection, bot.ResourceId.ToString(CultureInfo.InvariantCulture)),
                bot.IsGroup ? await GroupSql.Find(connection, bot.ResourceId) : null));
            var attributes = new AttributesJson(
                token.UserId, token.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture), token.Id, token.Name, token.ExpiresOn);
            var payload = new EventJson("access_token", project is null ? null : Of(project), group is null ? null : new GroupJson(group.Name, group.Path, group.FullPath, group.Id), attributes, "expiring_access_token");
            payloads.Add(token.Id, JsonSerializer.Serialize(payload, EventContext.Default.EventJson));
        }
        return payloads;
    }

    private ProjectJson Of(Project project)
    {
        var page = $"{address.Server}/{project.FullPath}";
        return new ProjectJson(
            project.Id, project.Name, project.Description, page, null, null, null, project.NamespaceName, (int)project.Visibility, project.FullPath, null, null, page, null, null, null);
    }

    internal sealed record EventJson(
        string ObjectKind,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ProjectJson? Project,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] GroupJson? Group,
        AttributesJson ObjectAttributes,
        string EventName);

    // There are no repositories here, so what leads to them is null.
    internal sealed record ProjectJson(
        long Id, string Name, string? Description, string WebUrl, string? AvatarUrl, string? GitSshUrl, string? GitHttpUrl, string Namespace, int VisibilityLevel,
        string PathWithNamespace, string? DefaultBranch, string? CiConfigPath, string Homepage, string? Url, string? SshUrl, string? HttpUrl);

    internal sealed record GroupJson(string GroupName, string GroupPath, string FullPath, long GroupId);

    internal sealed record AttributesJson(long UserId, string CreatedAt, long Id, string Name, DateOnly? ExpiresAt);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ExpiringTokenEvents.EventJson))]
internal sealed partial class EventContext : JsonSerializerContext;
