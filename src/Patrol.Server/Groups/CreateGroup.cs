using System.Data.Common;
using Patrol.Core.Directory;
using Patrol.Core.Results;
using Patrol.Server.Access;
using Patrol.Server.Audit;
using Patrol.Server.Members;
using Patrol.Server.Storage;

namespace Patrol.Server.Groups;

/// <summary>Makes a group. Who makes it becomes its Owner.</summary>
internal sealed class CreateGroup(Database database)
{
    /// <param name="caller">Who makes it.</param>
    /// <param name="parent">The group that it is to be in, which the caller may see; null for none.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">Its path.</param>
    /// <param name="description">What it is for; may be empty.</param>
    /// <param name="visibility">Who may see it.</param>
    /// <param name="now">When.</param>
    public async Task<Result<Group>> Handle(
        Caller caller, VisibleResource? parent, string name, string path, string description, Visibility visibility, DateTimeOffset now)
    {
        var may = parent is null ? caller.User.CanCreateGroup || caller.IsAdmin : parent.Level >= AccessRules.CreatesSubgroups;
        if (!may)
            return new Refusal.Forbidden();
        if (Check(parent, name, path, description, visibility) is { } refusal)
            return refusal;
        var group = new Group
        {
            ParentId = parent?.Resource.Id,
            Name = name,
            Path = path,
            FullName = parent?.Group is { } above ? $"{above.FullName} / {name}" : name,
            FullPath = parent is null ? path : $"{parent.FullPath}/{path}",
            Description = description,
            Visibility = visibility,
            CreatedAt = now.ToUnixTimeMilliseconds(),
        };
        try
        {
            return await database.Write<Result<Group>>(async scope =>
            {
                if (parent is not null && await GroupSql.Find(scope, parent.Resource.Id) is null)
                    return new Refusal.NotFound("Group");
                if (await GroupSql.PathIsTaken(scope, group.FullPath))
                    return GroupSql.Taken;
                var made = group with { Id = await GroupSql.Insert(scope, group) };
                await MemberSql.Insert(scope, new ResourceRef(IsGroup: true, made.Id), caller.User.Id, AccessLevel.Owner, null, null, now);
                await AuditLog.Write(scope, caller, "group.create", "group", made.Id, made.FullPath, now);
                return made;
            });
        }
        catch (DbException fault) when (database.IsDuplicate(fault))
        {
            return GroupSql.Taken;
        }
    }

    private static Refusal? Check(VisibleResource? parent, string name, string path, string description, Visibility visibility) =>
        NameRules.CheckGroup(name).Refusal
        ?? (parent is null ? PathRules.CheckTopLevel("path", path) : PathRules.Check("path", path)).Refusal
        ?? NameRules.CheckLength("description", description, NameRules.MaximumGroupDescription).Refusal
        ?? (parent is not null && parent.FullPath.Count(static c => c == '/') + 2 > PathRules.MaximumDepth
            ? new Refusal.Invalid("parent_id", "has too deep level of nesting")
            : null)
        ?? (parent is null ? null : PathRules.CheckFull($"{parent.FullPath}/{path}").Refusal)
        ?? GroupSql.CheckVisibility(visibility, parent?.Visibility);
}
