using Dapper;
using Patrol.Server.Storage;
using Patrol.Server.Users;

namespace Patrol.Server.Tokens;

/// <summary>A token with its owner and, for a bot's, the full path of its project or group.</summary>
public sealed record OwnedToken(Token Token, User Owner, string? ResourcePath);

/// <summary>Adds to tokens what administrators want to know of their owners.</summary>
internal sealed class LoadOwners(Database database)
{
    /// <summary>The same tokens, in the same order.</summary>
    public Task<List<OwnedToken>> Handle(IReadOnlyList<Token> tokens) => database.Read(async connection =>
    {
        if (tokens.Count == 0)
            return [];
        var users = await UserSql.Load(connection, tokens.Select(token => token.UserId));
        var places = tokens.Select(token => token.Bot).OfType<BotPlace>().ToList();
        var groups = await Paths(connection, "namespaces", places.Where(place => place.IsGroup));
        var projects = await Paths(connection, "projects", places.Where(place => !place.IsGroup));
        return tokens.Select(token => new OwnedToken(
            token, users[token.UserId],
            token.Bot is null ? null : (token.Bot.IsGroup ? groups : projects).GetValueOrDefault(token.Bot.ResourceId))).ToList();
    });

    private static async Task<Dictionary<long, string>> Paths(System.Data.Common.DbConnection connection, string table, IEnumerable<BotPlace> places)
    {
        var ids = places.Select(place => place.ResourceId).Distinct().ToList();
        return ids.Count == 0
            ? []
            : (await connection.QueryAsync<(long Id, string Path)>($"SELECT id, full_path FROM {table} WHERE id IN ({string.Join(',', ids)})"))
                .ToDictionary(row => row.Id, row => row.Path);
    }
}
