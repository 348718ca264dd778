namespace Patrol.Cli.Sources;

/// <summary>A change of tokens by id, for systems that are told token by token what to do.</summary>
internal sealed record IdPlan(TokenChange Change, TokenFilter Which, IReadOnlyList<long> Ids) : ChangePlan(Change, Which, Ids.Count, 0)
{
    /// <summary>How many tokens the filter picks besides, which the change cannot be made to: the date of an Atlassian token stands.</summary>
    public int LeftOut { get; private init; }

    /// <summary>The tokens that a filter picks now.</summary>
    public static async Task<IdPlan> Of(ISource source, TokenChange change, TokenFilter which, CancellationToken cancellation)
    {
        var ids = new List<long>();
        var leftOut = 0;
        await foreach (var token in source.Find(which, cancellation))
        {
            if (change is TokenChange.MoveExpiry && token.IsUnscoped)
                leftOut++;
            else
                ids.Add(token.Id);
        }
        return new IdPlan(change, which, ids) { LeftOut = leftOut, CanBePutBack = change is TokenChange.MoveExpiry };
    }
}
