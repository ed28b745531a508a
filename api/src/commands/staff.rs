//! `kangtu staff`: accounts of staff from the command line; the first administrator is made here.
//!
//! Whoever may run this owns the machine and the key file, so nothing of the caller's authority is checked;
//! what must hold in every case (`staff::write`) still does. A password is never an argument: those show in
//! the list of processes and in the history of the shell.

use std::fmt::Write as _;
use std::io::{BufRead, IsTerminal};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use entity::staff;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::office::Office;
use crate::audit::{self, Action, Actor, AuditEvent};
use crate::config::Settings;
use crate::error::{ApiError, ApiResult};
use crate::identity::password::{self, rules};
use crate::identity::session::{EndReason, SessionOwner, end_all};
use crate::identity::{credentials, second_factor};
use crate::random::Random;
use crate::secret::Secret;
use crate::staff::write::{self, NewStaff, RoleCatalogue, RoleHeld};

/// Accounts of staff, also while the server runs
#[derive(Debug, Subcommand)]
pub(super) enum Staff {
    /// Make an account; asks for its password
    Add {
        #[command(flatten)]
        name: Name,
        /// What colleagues call them; the log-in name when absent
        #[arg(long, value_name = "NAME")]
        display_name: Option<String>,
        #[command(flatten)]
        role: Role,
    },
    /// List the accounts and their roles
    List,
    /// Keep an account from logging in; it is logged out at once
    Disable(Name),
    /// Let a disabled account log in again
    Enable(Name),
    /// Give an account another password; it is logged out at once
    ResetPassword {
        #[command(flatten)]
        name: Name,
        /// Also bind another authenticator, where the old one is lost
        #[arg(long)]
        totp: bool,
    },
    /// Give an account one more role
    Grant {
        #[command(flatten)]
        name: Name,
        #[command(flatten)]
        role: Role,
    },
    /// Take a role away
    Revoke {
        #[command(flatten)]
        name: Name,
        #[command(flatten)]
        role: Role,
    },
}

/// Which account.
#[derive(Clone, Debug, Args)]
pub(super) struct Name {
    /// Log-in name
    #[arg(long, value_name = "USERNAME")]
    name: String,
}

/// Which role, and where.
#[derive(Clone, Debug, Args)]
pub(super) struct Role {
    /// Role, such as `admin` or `editor`
    #[arg(long, value_name = "ROLE")]
    role: String,
    /// Region it is held for, with all below; the whole installation when absent
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
}

/// What became of an account.
struct Done {
    member: staff::Model,
    totp_uri: Option<String>,
}

impl Staff {
    /// Asks for the password and hashes it, before the database is opened, so that nobody waits for somebody
    /// typing.
    pub(super) fn password_hash(&self, settings: &Settings) -> anyhow::Result<Option<String>> {
        let (Self::Add { name, .. } | Self::ResetPassword { name, .. }) = self else {
            return Ok(None);
        };
        let username = write::username(&name.name).map_err(told)?;
        let password = ask_password()?;
        rules::check(settings.password_rules, &username, &password, "/password").map_err(told)?;
        let salt = Random::system()?.bytes();
        password::hash(&password, &salt).map(Some).map_err(told)
    }

    pub(super) async fn work(self, office: &Office, password_hash: Option<&str>) -> anyhow::Result<String> {
        let hash = || password_hash.map(str::to_owned).context("没有读到密码");
        match self {
            Self::Add { name, display_name, role } => {
                let display_name = display_name.unwrap_or_else(|| name.name.clone());
                let new = NewStaff {
                    username: write::username(&name.name).map_err(told)?,
                    display_name: write::display_name(&display_name).map_err(told)?,
                    password_hash: hash()?,
                };
                let held = office.role(role);
                let done = office.add(new, held.clone()).await?;
                Ok(totp_told(done.totp_uri.as_deref())
                    + &format!(
                        "已建立账号 {}，岗位 {}，区划 {}。",
                        done.member.username, held.role_id, held.region_code
                    ))
            }
            Self::List => office.list().await,
            Self::Disable(name) => {
                let member = office.set_status(&name, staff::Status::Disabled).await?;
                Ok(format!("已停用账号 {}，已登录的设备已全部退出。", member.username))
            }
            Self::Enable(name) => {
                let member = office.set_status(&name, staff::Status::Active).await?;
                Ok(format!("已启用账号 {}。", member.username))
            }
            Self::ResetPassword { name, totp } => {
                let done = office.reset_password(&name, hash()?, totp).await?;
                Ok(totp_told(done.totp_uri.as_deref())
                    + &format!("已重置账号 {} 的密码，已登录的设备已全部退出。", done.member.username))
            }
            Self::Grant { name, role } => {
                let done = office.change_roles(&name, office.role(role), true).await?;
                Ok(totp_told(done.totp_uri.as_deref())
                    + &format!("已给账号 {} 增加岗位，重新登录后生效。", done.member.username))
            }
            Self::Revoke { name, role } => {
                let done = office.change_roles(&name, office.role(role), false).await?;
                Ok(format!("已收回账号 {} 的岗位，已登录的设备已全部退出。", done.member.username))
            }
        }
    }
}

impl Office {
    fn role(&self, role: Role) -> RoleHeld {
        let region_code = role.region.unwrap_or_else(|| self.root_region.clone());
        RoleHeld { role_id: role.role, region_code }
    }

    async fn add(&self, new: NewStaff, held: RoleHeld) -> anyhow::Result<Done> {
        let office = self.clone();
        let added = self.database.write(move |transaction| {
            let (office, new, roles) = (office.clone(), new.clone(), vec![held.clone()]);
            Box::pin(async move {
                let member = write::create(transaction, &office.random, new, office.clock.now()).await?;
                write::replace_roles(transaction, &member, &roles, None, office.clock.now()).await?;
                let done = office.bind_if_needed(transaction, member, &roles).await?;
                let detail = json!({"role": roles.first().map(|role| &role.role_id)});
                office.note(transaction, Action::StaffCreated, &done.member, detail).await?;
                Ok(done)
            })
        });
        added.await.map_err(told)
    }

    async fn set_status(&self, name: &Name, status: staff::Status) -> anyhow::Result<staff::Model> {
        let (office, name) = (self.clone(), name.name.clone());
        let set = self.database.write(move |transaction| {
            let (office, name, status) = (office.clone(), name.clone(), status);
            Box::pin(async move {
                let member = find(transaction, &name).await?;
                let member = write::set_status(transaction, member, status, office.clock.now()).await?;
                if status == staff::Status::Disabled {
                    office.log_out(transaction, &member, EndReason::Disabled).await?;
                }
                let detail = json!({"active": status == staff::Status::Active});
                office.note(transaction, Action::StaffChanged, &member, detail).await?;
                Ok(member)
            })
        });
        set.await.map_err(told)
    }

    async fn reset_password(&self, name: &Name, hash: String, totp: bool) -> anyhow::Result<Done> {
        let (office, name) = (self.clone(), name.name.clone());
        let reset = self.database.write(move |transaction| {
            let (office, name, hash) = (office.clone(), name.clone(), hash.clone());
            Box::pin(async move {
                let member = find(transaction, &name).await?;
                let member = credentials::set_password(transaction, member, hash, office.clock.now()).await?;
                let done = if totp {
                    office.bind(transaction, member).await?
                } else {
                    Done { member, totp_uri: None }
                };
                office.log_out(transaction, &done.member, EndReason::PasswordChanged).await?;
                let detail = json!({"password": true, "totp": totp});
                office.note(transaction, Action::CredentialsChanged, &done.member, detail).await?;
                Ok(done)
            })
        });
        reset.await.map_err(told)
    }

    async fn change_roles(&self, name: &Name, held: RoleHeld, grant: bool) -> anyhow::Result<Done> {
        let (office, name) = (self.clone(), name.name.clone());
        let changed = self.database.write(move |transaction| {
            let (office, name, held) = (office.clone(), name.clone(), held.clone());
            Box::pin(async move {
                let member = find(transaction, &name).await?;
                let before = write::roles_of(transaction, member.id).await?;
                let mut after: Vec<RoleHeld> = before.iter().filter(|role| **role != held).cloned().collect();
                if grant {
                    after.push(held);
                } else if after.len() == before.len() {
                    return Err(ApiError::Conflict {
                        code: "role_not_held",
                        detail: "这个账号没有这个岗位，用 kangtu staff list 查看。".into(),
                    });
                }
                write::replace_roles(transaction, &member, &after, None, office.clock.now()).await?;
                let mut row = member.into_active_model();
                write::touch(&mut row, office.clock.now())?;
                let member = row.update(transaction).await?;
                let done = office.bind_if_needed(transaction, member, &after).await?;
                office.log_out(transaction, &done.member, EndReason::RolesChanged).await?;
                let detail = json!({"before": texts(&before), "after": texts(&after)});
                office.note(transaction, Action::RolesChanged, &done.member, detail).await?;
                Ok(done)
            })
        });
        changed.await.map_err(told)
    }

    async fn list(&self) -> anyhow::Result<String> {
        let members = staff::Entity::find().all(self.database.reader()).await?;
        let mut list = String::new();
        for member in &members {
            let roles = write::roles_of(self.database.reader(), member.id).await.map_err(told)?;
            let status = if member.status == staff::Status::Active { "启用" } else { "停用" };
            let totp =
                if member.totp_confirmed_at.is_some() { "已绑定验证器" } else { "未绑定验证器" };
            let (username, display_name, roles) =
                (&member.username, &member.display_name, texts(&roles).join("、"));
            writeln!(list, "{username}  {display_name}  {status}  {totp}  {roles}")?;
        }
        Ok(list + &format!("共 {} 个账号。", members.len()))
    }

    /// An account whose role demands a second factor gets it from here, so that the first log-in already
    /// asks for it.
    async fn bind_if_needed(
        &self,
        transaction: &DatabaseTransaction,
        member: staff::Model,
        roles: &[RoleHeld],
    ) -> ApiResult<Done> {
        let catalogue = RoleCatalogue::load(transaction).await?;
        if member.totp_confirmed_at.is_none() && catalogue.need_second_factor(roles) {
            return self.bind(transaction, member).await;
        }
        Ok(Done { member, totp_uri: None })
    }

    async fn bind(&self, transaction: &DatabaseTransaction, member: staff::Model) -> ApiResult<Done> {
        let enrolled =
            second_factor::enrol(transaction, &self.vault, &self.random, member, Some(self.clock.now()))
                .await?;
        Ok(Done { member: enrolled.1, totp_uri: Some(enrolled.0.uri) })
    }

    async fn log_out(
        &self,
        transaction: &DatabaseTransaction,
        member: &staff::Model,
        reason: EndReason,
    ) -> ApiResult<()> {
        let owner = SessionOwner::Staff(member.id);
        end_all(transaction, &self.random, owner, None, reason, self.clock.now()).await.map(drop)
    }

    async fn note(
        &self,
        transaction: &DatabaseTransaction,
        action: Action,
        member: &staff::Model,
        detail: Value,
    ) -> ApiResult<()> {
        let event = AuditEvent::new(action, Actor::Operator).on("staff", member.id).with(detail);
        audit::append(transaction, &event, self.clock.now()).await
    }
}

async fn find(transaction: &DatabaseTransaction, name: &str) -> ApiResult<staff::Model> {
    let username = write::username(name)?;
    let found = staff::Entity::find().filter(staff::Column::Username.eq(username)).one(transaction).await?;
    found.ok_or_else(|| ApiError::NotFound {
        code: "not_found",
        detail: "没有这个账号，用 kangtu staff list 查看已有的账号。".into(),
    })
}

fn texts(roles: &[RoleHeld]) -> Vec<String> {
    roles.iter().map(|role| format!("{}@{}", role.role_id, role.region_code)).collect()
}

fn totp_told(uri: Option<&str>) -> String {
    uri.map_or_else(String::new, |uri| {
        format!(
            "这个岗位需要动态验证码。请把下面这一行做成二维码，用验证器（如微信小程序“腾讯身份验证器”）扫描；\
             它只显示这一次，请不要保存：\n{uri}\n"
        )
    })
}

/// From the terminal without showing it, twice; or the first line of standard input where that is no
/// terminal.
fn ask_password() -> anyhow::Result<Secret> {
    if !std::io::stdin().is_terminal() {
        let mut line = Zeroizing::new(String::new());
        std::io::stdin().lock().read_line(&mut line).context("读不到密码")?;
        return Ok(Secret::new(line.trim_end_matches(['\r', '\n'])));
    }
    let first = Secret::new(rpassword::prompt_password("请输入密码：")?);
    let second = Secret::new(rpassword::prompt_password("请再输入一次：")?);
    if !first.equals(second.expose()) {
        bail!("两次输入的密码不一样，请重新运行");
    }
    Ok(first)
}

/// What an operator is told: the same words as a caller of the API, or the cause where it is our fault.
fn told(error: ApiError) -> anyhow::Error {
    let refusal = match error {
        ApiError::Internal(cause) => return cause,
        ApiError::Database(cause) => return cause.into(),
        refusal => refusal,
    };
    let problem = refusal.problem(String::new());
    let fields: Vec<String> = problem.errors.iter().map(|field| field.message.clone()).collect();
    anyhow::anyhow!(if fields.is_empty() { problem.detail } else { fields.join("；") })
}
