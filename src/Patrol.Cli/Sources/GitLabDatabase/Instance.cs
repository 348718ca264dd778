using System.Security.Cryptography;
using Npgsql;
using Patrol.Core.Lifetimes;
using Patrol.Core.Tokens;

namespace Patrol.Cli.Sources.GitLabDatabase;

/// <summary>What this GitLab's settings say of new tokens; settings that it does not have yet are as GitLab starts with them.</summary>
/// <param name="Lifetimes">How long tokens may last.</param>
/// <param name="Prefix">What a token's text begins with.</param>
internal sealed record Instance(LifetimePolicy Lifetimes, string Prefix)
{
    private const string UsualPrefix = "glpat-";
    private const int LegacyBytes = 15;

    public static async Task<Instance> Read(NpgsqlConnection connection, Schema schema, CancellationToken cancellation)
    {
        string Setting(string column, string sql) => schema.Has($"application_settings.{column}") ? sql : "NULL";
        if (!schema.Has("application_settings.id"))
            return new Instance(LifetimePolicy.GitLab, UsualPrefix);
        await using var command = new NpgsqlCommand(
            $"""
            SELECT {Setting("max_personal_access_token_lifetime", "max_personal_access_token_lifetime")}::int,
                {Setting("require_personal_access_token_expiry", "require_personal_access_token_expiry")}::boolean,
                {Setting("personal_access_token_prefix", "personal_access_token_prefix")}::text,
                {Setting("token_prefixes", "token_prefixes ->> 'instance_token_prefix'")}::text
            FROM application_settings ORDER BY id DESC LIMIT 1
            """, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        if (!await reader.ReadAsync(cancellation))
            return new Instance(LifetimePolicy.GitLab, UsualPrefix);
        var days = reader.IsDBNull(0) ? LifetimePolicy.GitLabMaximumDays : reader.GetInt32(0);
        var required = reader.IsDBNull(1) || reader.GetBoolean(1);
        var own = reader.IsDBNull(2) ? UsualPrefix : reader.GetString(2);
        // An instance's prefix takes precedence over that of personal tokens (gitlab-api, section 2.2).
        var prefix = reader.IsDBNull(3) || reader.GetString(3).Length == 0 ? own : $"{reader.GetString(3)}-{UsualPrefix}";
        return new Instance(new LifetimePolicy(required, days), prefix);
    }

    /// <summary>A new text as this GitLab would make it: routable from 17.7 on, in its present form from 18.2 on, else twenty characters.</summary>
    public Secret NewText(Schema schema, long organization, long user)
    {
        if (schema.TokenHas("description"))
        {
            var random = RandomNumberGenerator.GetBytes(RoutableToken.RandomBytes);
            return schema.TokenHas("user_type") ? RoutableToken.Create(Prefix, organization, user, random) : RoutableToken.CreateVersion0(Prefix, organization, user, random);
        }
        return new Secret(Prefix + FriendlyText.Of(RandomNumberGenerator.GetBytes(LegacyBytes)));
    }
}
