using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>What is to be different about a group; null stays as it is.</summary>
internal sealed record GroupChange(string? Name, string? Path, string? Description, Visibility? Visibility);

/// <summary>Changes a group. Everything below it gets the addresses and full names that go with it.</summary>
internal sealed class UpdateGroup(Database database)
{
    private const string VisibleBelow = $"""
        {GroupSql.Tree}
        SELECT
            (SELECT count(*) FROM projects p WHERE p.visibility > @visibility AND p.namespace_id IN (SELECT id FROM tree)) AS projects,
            (SELECT count(*) FROM namespaces n WHERE n.visibility > @visibility AND n.id <> @groupId AND n.id IN (SELECT id FROM tree)) AS below
        """;

    private const string LongestBelow = $"""
        {GroupSql.Tree}
        SELECT max(length) FROM (
            SELECT length(full_path) AS length FROM namespaces WHERE id IN (SELECT id FROM tree)
            UNION ALL
            SELECT length(full_path) FROM projects WHERE namespace_id IN (SELECT id FROM tree)) below
        """;

    public async Task<Result<Group>> Handle(Caller caller, VisibleResource group, GroupChange change, DateTimeOffset now)
    {
        if (group.Level < AccessRules.Changes(isGroup: true))
            return new Refusal.Forbidden();
        try
        {
            return await database.Write<Result<Group>>(async scope =>
            {
                if (await GroupSql.Hold(scope, group.Resource.Id) is not { } before)
                    return new Refusal.NotFound("Group");
                var after = before with
                {
                    Name = change.Name ?? before.Name,
                    Path = change.Path ?? before.Path,
                    FullName = Last(before.FullName, before.Name, change.Name),
                    FullPath = Last(before.FullPath, before.Path, change.Path),
                    Description = change.Description ?? before.Description,
                    Visibility = change.Visibility ?? before.Visibility,
                };
                if (await Check(scope, before, after) is { } refusal)
                    return refusal;
                await GroupSql.Update(scope, before, after);
                await AuditLog.Write(
                    scope, caller, "group.update", "group", after.Id, $"{before.FullPath} ({before.Name}) -> {after.FullPath} ({after.Name}), {after.Visibility}", now);
                return after;
            });
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return GroupSql.Taken;
        }
    }

    private static async Task<Refusal?> Check(WriteScope scope, Group before, Group after)
    {
        var refusal = (after.Name == before.Name ? null : NameRules.CheckGroup(after.Name).Refusal)
            ?? (after.Path == before.Path ? null
                : (after.ParentId is null ? PathRules.CheckTopLevel("path", after.Path) : PathRules.Check("path", after.Path)).Refusal)
            ?? NameRules.CheckLength("description", after.Description, NameRules.MaximumGroupDescription).Refusal;
        if (refusal is not null)
            return refusal;
        var growth = after.FullPath.Length - before.FullPath.Length;
        if (growth > 0 && PathRules.CheckFull(new string('x', growth + (int)await scope.Scalar<long>(LongestBelow, new { groupId = after.Id }))).Refusal is { } tooLong)
            return tooLong;
        if (!string.Equals(after.FullPath, before.FullPath, StringComparison.OrdinalIgnoreCase) && await GroupSql.PathIsTaken(scope, after.FullPath))
            return GroupSql.Taken;
        if (after.Visibility == before.Visibility)
            return null;
        var parent = after.ParentId is { } id ? await GroupSql.Find(scope, id) : null;
        if (GroupSql.CheckVisibility(after.Visibility, parent?.Visibility) is { } hidden)
            return hidden;
        var (projects, below) = await scope.First<(long, long)>(VisibleBelow, new { groupId = after.Id, visibility = (long)after.Visibility });
        var what = projects > 0 ? "projects" : "sub-groups";
        return projects + below == 0 ? null : new Refusal.Invalid(
            "visibility_level", $"{after.Visibility.ToString().ToLowerInvariant()} is not allowed since this group contains {what} with higher visibility.");
    }

    private static string Last(string full, string old, string? changed) => changed is null ? full : full[..^old.Length] + changed;
}
