using System.Globalization;

namespace Patrol.Tests.Kit.GitLab;

/// <summary>The ids and secrets of the rows in <c>rows-*.sql</c>: tokens by what is awkward about them. Dates count from the database's day.</summary>
internal static class Rows
{
    public const long
        RevokedIsNull = 1, ScopesAreSymbols = 2, EndsToday = 3, EndedYesterday = 4, EndsTomorrow = 5, EndsIn7Days = 6, EndsIn8Days = 7, EndsIn31Days = 8,
        EndsIn60Days = 9, EndsIn365Days = 10, NeverEnds = 11, RootNeverEnds = 12, Impersonation = 13, Revoked = 14, ServiceAccount = 15,
        OwnerWithoutType = 16, OwnerBlocked = 17, OwnerBlockedByLdap = 18, OwnerBanned = 19, OwnerWaitsForApproval = 20, OwnerIsGhost = 21,
        OwnerDeactivated = 22, NoScope = 23, NeverUsedYoung = 24, NeverUsedOld = 25;

    /// <summary>Tokens of bots. The rotated one is revoked, its successor has the same owner.</summary>
    public const long
        BotRotated = 30, BotSuccessor = 31, BotOfGroup = 32, BotWithTwoMemberships = 33, BotOfSubgroupWithoutMembership = 34, BotOfSubgroup = 35,
        BotOfProjectWithoutMembership = 36, BotWithoutTrace = 37, BotWhoseMembershipEndsWithIt = 38;

    /// <summary>Five rotations: each from the first to the last before this is revoked and followed by the next.</summary>
    public const long ChainFirst = 40, ChainLast = 45;

    /// <summary>Names with escape codes, formulas, line breaks, quotes, Japanese, bidirectional marks and markup; all end in 61 days.</summary>
    public const long NastyFirst = 50, NastyLast = 60;

    /// <summary>From 17.11 on.</summary>
    public const long OfAnotherOrganization = 70;

    /// <summary>From 18.6 on.</summary>
    public const long FineGrained = 71;

    /// <summary>These end on one day: 1,100, of which 11 are revoked, 11 revoked-is-null, and 14 impersonation tokens.</summary>
    public const long BulkFirst = 1001, BulkLast = 2100;

    /// <summary>Days from today until they end.</summary>
    public const int MostEndIn = 30, NastyEndIn = 61, BulkEndsIn = 90;

    public const long AppProject = 7, DeployProject = 8, AcmeGroup = 25, PlatformGroup = 26;

    /// <summary>Rails' <c>db_key_base</c>, whose first 32 bytes salt the digests.</summary>
    public const string DbKeyBase = "0123456789abcdef0123456789abcdef and what follows counts for nothing 0123456789abcdef0123456789abcdef";

    /// <summary>What GitLab keeps in <c>gitlab-secrets.json</c>.</summary>
    public const string GitLabSecrets =
        """{"gitlab_rails": {"secret_key_base": "unused", "db_key_base": """ + "\"" + DbKeyBase + "\"}, \"gitlab_shell\": {\"secret_token\": \"unused\"}}";

    /// <summary>The text whose digest the token with that id holds.</summary>
    public static string TextOf(long id) => $"glpat-{id.ToString("D20", CultureInfo.InvariantCulture)}";
}
