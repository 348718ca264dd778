namespace Patrol.Cli.Sources;

/// <summary>A change of tokens by id, for systems that are told token by token what to do.</summary>
internal sealed record IdPlan(TokenChange Change, TokenFilter Which, IReadOnlyList<long> Ids) : ChangePlan(Change, Which, Ids.Count, 0)
{
    /// <summary>The tokens that a filter picks now.</summary>
    public static async Task<ChangePlan> Of(ISource source, TokenChange change, TokenFilter which, CancellationToken cancellation)
    {
        var ids = new List<long>();
        await foreach (var token in source.Find(which, cancellation))
            ids.Add(token.Id);
        return new IdPlan(change, which, ids) { CanBePutBack = change is TokenChange.MoveExpiry };
    }
}
